#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace millrace::monitoring {

/// Checks regularly, on its own thread, that a listener of this process answers: a new connection sends `OPTIONS *` and
/// expects the response 204. Certificates are not verified.
class listener_probe {
 public:
  /// Receives the result of each probe on the probe's thread: empty if the listener answered, else the reason.
  using result_sink = std::function<void(const std::string& failure)>;

  /// `listening` is the listener's socket. The first probe starts immediately; each has `interval` as its timeout for
  /// connecting and for every read and write.
  listener_probe(int listening, bool tls, std::chrono::milliseconds interval, result_sink done);
  /// Aborts a running probe, without a result.
  ~listener_probe();
  listener_probe(const listener_probe&) = delete;
  listener_probe& operator=(const listener_probe&) = delete;

 private:
  void run(const std::stop_token& stopped);
  std::string probe();
  bool open();
  void close();

  sockaddr_storage address_{};
  socklen_t address_size_ = sizeof address_;
  const bool tls_;
  const std::chrono::milliseconds interval_;
  const result_sink done_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  int fd_ = -1;  ///< of the running probe
  bool stopping_ = false;
  std::jthread thread_;  ///< destroyed first
};

}  // namespace millrace::monitoring
