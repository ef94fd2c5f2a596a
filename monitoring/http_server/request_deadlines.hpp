#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <thread>

namespace millrace::monitoring {

/// Shuts down connections whose client takes too long to send its request or to read its response, even if bytes trickle
/// steadily (slow loris). Above the connection limit, it shuts down the connection that has been sending its request for the
/// longest time, so that slow clients make room for others. Connections are identified by socket. A thread sleeps until the
/// next deadline. Thread-safe.
class request_deadlines {
 public:
  using clock = std::chrono::steady_clock;

  /// `limit` applies to a request from the start of the connection, TLS handshake included, and again to its response; the
  /// handler's time between them does not count. `most` is the maximum number of connections.
  request_deadlines(std::chrono::milliseconds limit, std::size_t most);

  void opened(int socket);
  /// The request is complete.
  void received(int socket);
  /// The response starts.
  void answered(int socket);
  /// Call before closing the socket, as its number may be reused afterwards.
  void closed(int socket);
  /// Shuts down current and future connections with incomplete requests, and waits until the others have their responses.
  void drain();

 private:
  enum class stage { request, handler, answer };
  struct connection {
    clock::time_point until;
    stage at = stage::request;
    bool cut = false;
  };

  void due(connection& c, stage at);
  void cut_oldest();
  void watch(const std::stop_token& stopped);

  const std::chrono::milliseconds limit_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<int, connection> open_;  ///< by socket
  clock::time_point wake_{};        ///< next wake-up of the thread
  bool draining_ = false;
  std::jthread watcher_;  ///< destroyed first
};

}  // namespace millrace::monitoring
