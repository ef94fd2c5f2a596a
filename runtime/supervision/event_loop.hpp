#pragma once

#include <functional>
#include <memory>

struct uv_loop_s;

namespace millrace::supervision {

/// A libuv loop with its own thread. It handles all sockets except PostgreSQL's.
class event_loop {
 public:
  using job = std::function<void()>;

  /// Starts the thread. Throws std::runtime_error if libuv fails.
  event_loop();
  /// Stops and joins the thread. Closes all open handles and drops jobs that have not run.
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Runs `j` on the loop's thread, after all jobs posted before it. Thread-safe. Jobs are dropped once the loop is
  /// stopping.
  void post(job j);
  /// Runs `j` on the loop's thread and waits for it; on the loop's own thread it runs immediately.
  void run_and_wait(const job& j);
  /// The loop, for connectors. Use it on the loop's thread only.
  uv_loop_s* uv() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::supervision
