#pragma once

#include "connectors/http/curl_handle.hpp"
#include "connectors/resilience/active_time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

struct uv_loop_s;

namespace millrace::http {

/// Interface of one transfer. Exactly one of `completed` and `refused` is called, once; the transfer is destroyed
/// afterwards.
class transfer {
 public:
  virtual ~transfer() = default;
  /// Sets the handle's options; called when the transfer starts. Pointers in them must be valid as long as this object. An
  /// error completes the transfer with that code.
  virtual CURLcode prepare(CURL* easy) = 0;
  /// Time limit in active time, see active_time. A transfer that exceeds it is completed with CURLE_OPERATION_TIMEDOUT, up
  /// to half a second late.
  virtual std::chrono::milliseconds time_limit() const = 0;
  /// libcurl has finished the transfer.
  virtual void completed(CURL* easy, CURLcode code) = 0;
  /// The transfer is not executed or was aborted: too many are waiting, or the loop is being destroyed.
  virtual void refused(const char* why) = 0;
};

/// libcurl's multi interface driven by libuv: sockets and timers belong to the loop, nothing blocks. All functions here and
/// of the transfers run on the loop's thread. A transfer's functions must not destroy the curl_loop.
class curl_loop {
 public:
  struct limits {
    std::uint32_t running = 64;    ///< limit for concurrent transfers and for open connections
    std::size_t waiting = 10'000;  ///< more are refused
  };

  /// Throws std::bad_alloc or std::runtime_error.
  curl_loop(uv_loop_s* loop, limits bounds);
  /// Refuses all running and waiting transfers and closes all connections. libuv frees the last memory in the loop's next
  /// iteration.
  ~curl_loop();
  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  /// Starts a transfer immediately, or queues it if `running` transfers are active.
  void start(std::unique_ptr<transfer> t);

  std::size_t running() const noexcept { return running_.size(); }
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct running_transfer {
    std::unique_ptr<transfer> code;
    easy_handle easy;  // goes first: its options point into the transfer
    resilience::active_time::duration deadline{};
  };
  struct watch;  // a socket that libcurl polls
  struct alarm;  // a timer: libcurl's, and the one for time limits

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watched) noexcept;
  static int on_timeout(CURLM* multi, long milliseconds, void* self) noexcept;
  void act(curl_socket_t socket, int events);
  void end_overdue();
  void run(std::unique_ptr<transfer> t);
  void end(CURL* easy, CURLcode code);
  void fill();

  uv_loop_s* loop_;
  limits bounds_;
  CURLM* multi_;
  alarm* alarm_;
  alarm* check_timer_;  // runs while a transfer does
  resilience::active_time active_time_;
  std::unordered_map<CURL*, running_transfer> running_;
  std::unordered_map<curl_socket_t, watch*> watches_;
  std::deque<std::unique_ptr<transfer>> waiting_;
  bool filling_ = false;
};

}  // namespace millrace::http
