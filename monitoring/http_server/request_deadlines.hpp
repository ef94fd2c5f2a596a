#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <thread>

namespace millrace::monitoring {

/// Cuts connections whose client takes too long to send its request or to read its answer, however steadily it trickles
/// (slow loris), and of too many connections the one that has been sending its request for longest, so that those who dawdle
/// make room for those who do not. Connections are known by their sockets. Has a thread that sleeps until one is due.
/// Thread-safe.
class request_deadlines {
 public:
  using clock = std::chrono::steady_clock;

  /// `limit` for a request from the connection's begin, a TLS handshake included, and again for its answer; the time of the
  /// handler between them does not count. `most` connections at once.
  request_deadlines(std::chrono::milliseconds limit, std::size_t most);

  void opened(int socket);
  /// The request is there as a whole.
  void received(int socket);
  /// The answer begins.
  void answered(int socket);
  /// Must come before the socket is closed: its number may be another's from then on.
  void closed(int socket);
  /// Cuts those that have not sent their request, now and from now on, and waits until the others have their answers.
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
  clock::time_point wake_{};        ///< what the thread sleeps until
  bool draining_ = false;
  std::jthread watcher_;  ///< ends first
};

}  // namespace millrace::monitoring
