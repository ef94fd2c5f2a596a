#include "runtime/task/retry_policy.hpp"

#include <algorithm>
#include <cmath>

namespace millrace {

std::chrono::milliseconds retry_policy::delay(std::uint32_t attempt, double random) const noexcept {
  // Computed in doubles: a huge attempt yields infinity instead of wrapping around, and the maximum applies.
  const double doubled = static_cast<double>(min.count()) * std::exp2(static_cast<double>(std::max(attempt, 1U) - 1));
  const double ceiling = std::min(static_cast<double>(max.count()), doubled);
  const double wait = std::ceil(ceiling * (1.0 - std::clamp(random, 0.0, 1.0)));
  return std::chrono::milliseconds{std::max<std::int64_t>(static_cast<std::int64_t>(wait), 1)};
}

}  // namespace millrace
