#pragma once

#include <algorithm>
#include <chrono>

namespace millrace {

/// The time in which somebody was there to see an answer come in: what time-outs are measured in, where giving up may
/// repeat an effect. While the process is stopped (SIGSTOP, a suspended machine), answers arrive unread and the clock goes
/// on; when it continues, they must be read before they count as missing. Pure; belongs to one thread.
class active_time {
 public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;

  /// Whoever looks less often than every `longest_gap` loses time: a gap counts for so much and no more.
  explicit active_time(duration longest_gap, clock::time_point now = clock::now())
      : longest_gap_(longest_gap), last_look_(now) {}

  /// The time attended so far; a deadline is this plus a time-out.
  duration at(clock::time_point now) const { return attended_ + std::min(now - last_look_, longest_gap_); }
  /// Looks, and returns what had been attended at the look before. What is over its deadline by then has had the time
  /// between two looks to be answered in, whatever happened to the process; looks that follow closely are one.
  duration look(clock::time_point now) {
    if (now - last_look_ >= longest_gap_ / 4) {
      before_ = attended_;
      attended_ = at(now);
      last_look_ = now;
    }
    return before_;
  }

 private:
  duration longest_gap_;
  clock::time_point last_look_;
  duration attended_{}, before_{};
};

}  // namespace millrace
