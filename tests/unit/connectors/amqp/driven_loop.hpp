#pragma once

#include <uv.h>

#include <chrono>
#include <functional>

namespace millrace::amqp::test {

/// A libuv loop that the test's own thread drives until something is true.
class driven_loop {
 public:
  driven_loop() {
    uv_loop_init(&loop_);
    uv_timer_init(&loop_, &wake_);
    // Conditions may depend on other threads and on time, so the loop must not block.
    uv_timer_start(
        &wake_, [](uv_timer_t*) {}, 5, 5);
  }
  ~driven_loop() {
    uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  driven_loop(const driven_loop&) = delete;
  driven_loop& operator=(const driven_loop&) = delete;

  uv_loop_t* get() { return &loop_; }

  /// False if `condition` is not true within the deadline.
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline = std::chrono::seconds(30)) {
    auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      uv_run(&loop_, UV_RUN_ONCE);
    }
    return true;
  }

 private:
  uv_loop_t loop_;
  uv_timer_t wake_;
};

}  // namespace millrace::amqp::test
