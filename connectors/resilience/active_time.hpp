#pragma once

#include <algorithm>
#include <chrono>

namespace millrace::resilience {

/// Monotonic time that does not advance while the process is suspended (SIGSTOP, a suspended machine). For timeouts after
/// which an effect may be repeated: answers that arrived during a suspension must be read before they count as missing.
/// Pure; belongs to one thread.
class active_time {
 public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;

  /// A longer interval between two updates counts as `longest_gap`.
  explicit active_time(duration longest_gap, clock::time_point now = clock::now())
      : longest_gap_(longest_gap), last_update_(now) {}

  /// The active time at `now`; a deadline is this plus a timeout.
  duration at(clock::time_point now) const { return active_ + std::min(now - last_update_, longest_gap_); }
  /// Updates the clock and returns the active time at the update before. An answer that is overdue by that time could have
  /// been read between the two updates, even after a suspension. Updates closer than a quarter of `longest_gap` count as
  /// one.
  duration update(clock::time_point now) {
    if (now - last_update_ >= longest_gap_ / 4) {
      before_ = active_;
      active_ = at(now);
      last_update_ = now;
    }
    return before_;
  }

 private:
  duration longest_gap_;
  clock::time_point last_update_;
  duration active_{}, before_{};
};

}  // namespace millrace::resilience
