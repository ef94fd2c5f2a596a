#pragma once

#include "runtime/task/retry_policy.hpp"

#include <chrono>
#include <deque>
#include <variant>

namespace millrace::supervision {

/// Which siblings restart with a failed child, as in Erlang/OTP.
enum class restart_strategy {
  one_for_one,   ///< only the child
  one_for_all,   ///< all children
  rest_for_one,  ///< the child and those started after it
};

/// How a supervisor treats failures of its children.
struct restart_policy {
  restart_strategy strategy = restart_strategy::one_for_one;
  unsigned max_restarts = 10;  ///< within `window`; one more and the supervisor itself fails
  std::chrono::milliseconds window{60'000};
  /// The delay before the second and later restarts within the window; the first restart is immediate.
  retry_policy backoff{std::chrono::milliseconds{20}, std::chrono::milliseconds{5'000}};
};

/// Start the children again after `delay`.
struct restart_after {
  std::chrono::milliseconds delay;
};
/// Too many restarts: stop all children and fail, so that the parent supervisor decides.
struct escalate {};

/// Records a supervisor's failures and decides about the next one; the supervisor executes the decision. Pure: the caller
/// passes time and randomness. Remembers at most `max_restarts + 1` failures.
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

}  // namespace millrace::supervision
