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

/// One exchange as the curl_loop sees it. Exactly one of `completed` and `refused` is called, once, and the transfer is
/// destroyed afterwards.
class transfer {
 public:
  virtual ~transfer() = default;
  /// Sets the handle's options; called when it is this transfer's turn. Whatever they point to must live as long as this
  /// object. An error ends the transfer with it.
  virtual CURLcode prepare(CURL* easy) = 0;
  /// How long it may run, in attended time; over it, it is completed with CURLE_OPERATION_TIMEDOUT, up to half a second
  /// late.
  virtual std::chrono::milliseconds time_limit() const = 0;
  /// libcurl is done with it.
  virtual void completed(CURL* easy, CURLcode code) = 0;
  /// It will not run, or not to its end: too many are waiting, or the loop is being destroyed.
  virtual void refused(const char* why) = 0;
};

/// libcurl's multi interface driven by libuv: sockets and timers belong to the loop, nothing blocks. Everything here and
/// every transfer's functions run on the loop's thread; a transfer's functions must not destroy the curl_loop.
class curl_loop {
 public:
  struct limits {
    std::uint32_t running = 64;    ///< transfers at once, and connections open at once
    std::size_t waiting = 10'000;  ///< more are refused
  };

  /// Throws std::bad_alloc or std::runtime_error.
  curl_loop(uv_loop_s* loop, limits bounds);
  /// Refuses whatever runs or waits, and closes all connections. libuv frees the last memory in the loop's next round.
  ~curl_loop();
  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  /// Runs a transfer at once, or in its turn.
  void start(std::unique_ptr<transfer> t);

  std::size_t running() const noexcept { return running_.size(); }
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct running_transfer {
    std::unique_ptr<transfer> code;
    easy_handle easy;  // goes first: its options point into the transfer
    active_time::duration deadline{};
  };
  struct watch;  // a socket that libcurl wants to know about
  struct alarm;  // a timer: libcurl's one, and ours

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* periodic_query) noexcept;
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
  alarm* look_;  // runs while a transfer does
  active_time attended_;
  std::unordered_map<CURL*, running_transfer> running_;
  std::unordered_map<curl_socket_t, watch*> watches_;
  std::deque<std::unique_ptr<transfer>> waiting_;
  bool filling_ = false;
};

}  // namespace millrace::http
