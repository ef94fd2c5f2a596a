#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace millrace::monitoring {

/// Limits the number of open connections, and shuts down connections whose client takes too long to send its request or to
/// read its response, even if bytes trickle steadily (slow loris). At the limit, a new connection replaces the one that has
/// been sending its request for the longest time. Connections are identified by socket. A thread sleeps until the next
/// deadline. Thread-safe.
class request_deadlines {
 public:
  using clock = std::chrono::steady_clock;
  enum class drop {
    refused,   ///< not admitted: every open connection was being answered
    replaced,  ///< its request was incomplete at the limit of connections
    timed_out  ///< its request or response was not complete in time
  };
  /// Called for each dropped connection, except during a drain, under a lock.
  using drop_counter = std::function<void(drop)>;

  /// `limit` applies to a request from the start of the connection, TLS handshake included, and again to its response; the
  /// handler's time between them does not count. `most` is the maximum number of connections.
  request_deadlines(std::chrono::milliseconds limit, std::size_t most, drop_counter dropped);

  /// An accepted connection. False: close it. Waits up to a second for the connection that it replaces to close.
  bool admit(int socket);
  /// The library reads from an admitted connection.
  void opened(int socket);
  /// The request is complete.
  void received(int socket);
  /// The response starts.
  void answered(int socket);
  /// Call before closing the socket, as its number may be reused afterwards. Also for admitted connections that were never
  /// opened.
  void closed(int socket);
  /// Shuts down connections with incomplete requests, and waits until the others have their responses. `patience` limits the
  /// wait, and from now on the time for a response. False if connections remain. Call after the last `admit`.
  bool drain(std::chrono::milliseconds patience);

 private:
  enum class stage { accepted, request, handler, answer };
  struct connection {
    clock::time_point until;
    stage at = stage::accepted;  ///< only sockets in the stages request and answer are shut down
    bool cut = false;
  };

  void enter(int socket, stage at);
  void shorten(connection& c, clock::time_point until);
  bool make_room();
  void watch(const std::stop_token& stopped);

  std::chrono::milliseconds limit_;
  const std::size_t most_;
  const drop_counter dropped_;
  std::mutex mutex_;
  std::condition_variable_any wake_changed_;  ///< for the thread
  std::condition_variable_any open_changed_;  ///< for `admit` and `drain`
  std::map<int, connection> open_;            ///< by socket
  clock::time_point wake_{};                  ///< next wake-up of the thread
  bool draining_ = false;
  std::jthread watcher_;  ///< destroyed first
};

}  // namespace millrace::monitoring
