#pragma once

#include <functional>
#include <memory>

struct uv_loop_s;

namespace millrace {

/// One libuv loop on one thread of its own: every socket that is not PostgreSQL's lives there.
class event_loop {
 public:
  using job = std::function<void()>;

  /// Starts the thread. Throws std::runtime_error if libuv cannot.
  event_loop();
  /// Stops and joins. Whatever is still open on the loop is closed; jobs not yet run are dropped.
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Runs `j` on the loop's thread, after all jobs posted before it. From any thread. Once stopping, jobs are dropped.
  void post(job j);
  /// Runs `j` on the loop's thread and waits for it; from the loop's own thread it runs at once.
  void run_and_wait(const job& j);
  /// The loop, for connectors; touch it on the loop's thread only.
  uv_loop_s* uv() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace
