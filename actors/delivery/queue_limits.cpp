#include "actors/delivery/queue_limits.hpp"

#include <algorithm>
#include <cmath>

namespace millrace::actors {

queue_limits queue_limits_board::of(const std::string& queue) const {
  const std::lock_guard lock{mutex_};
  auto found = limits_.find(queue);
  return found == limits_.end() ? queue_limits{} : found->second;
}

void queue_limits_board::read(const std::vector<postgres::queue_control>& controls, std::size_t nodes) {
  std::map<std::string, queue_limits> limits;
  for (auto& c : controls)
    limits[c.queue] = {.paused = c.paused,
                       .concurrency = static_cast<std::uint32_t>(c.concurrency.value_or(0)),
                       .rate = c.rate_limit.value_or(0) / static_cast<double>(std::max<std::size_t>(nodes, 1))};
  const std::lock_guard lock{mutex_};
  limits_ = std::move(limits);
}

std::uint32_t prefetch_under(std::uint32_t configured, const queue_limits& limits) {
  if (limits.rate <= 0) return configured;
  return static_cast<std::uint32_t>(std::clamp(std::ceil(10 * limits.rate), 1.0, static_cast<double>(configured)));
}

}  // namespace millrace::actors
