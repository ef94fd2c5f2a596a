#pragma once

#include "runtime/task/retry_policy.hpp"

#include <chrono>
#include <deque>
#include <variant>

namespace millrace {

/// Which siblings restart with a child that failed, as in Erlang/OTP.
enum class restart_strategy {
  one_for_one,   ///< the child alone
  one_for_all,   ///< all children
  rest_for_one,  ///< the child and those started after it
};

/// How a supervisor treats failures of its children.
struct restart_policy {
  restart_strategy strategy = restart_strategy::one_for_one;
  unsigned max_restarts = 10;  ///< within `window`; one more and the supervisor itself gives up
  std::chrono::milliseconds window{60'000};
  /// The wait before the second and later restarts within the window; the first is immediate.
  retry_policy backoff{std::chrono::milliseconds{20}, std::chrono::milliseconds{5'000}};
};

/// Start the children again after `delay`.
struct restart_after {
  std::chrono::milliseconds delay;
};
/// Too many restarts: stop all children and fail, so that the parent supervisor decides.
struct escalate {};

/// The failures a supervisor has seen, and what to do about the next one. Decides only; the supervisor executes. Pure:
/// time and chance are arguments. Remembers at most `max_restarts + 1` times.
class restart_history {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit restart_history(const restart_policy& policy) : policy_(policy) {}

  /// A child failed at `now` (not earlier than at any call before). `random` is uniform in [0, 1).
  std::variant<restart_after, escalate> decide(time_point now, double random);

 private:
  restart_policy policy_;
  std::deque<time_point> failures_;
};

}  // namespace millrace
