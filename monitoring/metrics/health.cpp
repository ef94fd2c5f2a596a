#include "monitoring/metrics/health.hpp"

#include <algorithm>
#include <utility>

namespace millrace::monitoring {

void health::expect(const std::string& component) {
  const std::lock_guard lock(mutex_);
  // Must not reset a reported status: a restarted actor registers its component again.
  components_.try_emplace(component, status{false, "not started"});
}

void health::report(const std::string& component, bool ready, std::string reason) {
  const std::lock_guard lock(mutex_);
  components_[component] = status{ready, ready ? std::string() : std::move(reason)};
}

bool health::ready() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(components_, [](const auto& entry) { return entry.second.ready; });
}

std::map<std::string, health::status> health::components() const {
  const std::lock_guard lock(mutex_);
  return components_;
}

}  // namespace millrace::monitoring
