#include "connectors/resilience/circuit_breakers.hpp"

namespace millrace::resilience {

namespace {

constexpr std::chrono::minutes forgotten_after{10};

}  // namespace

std::chrono::milliseconds circuit_breakers::wait() {
  return std::chrono::milliseconds{
      std::uniform_int_distribution{limits_.open_for.count(), 3 * limits_.open_for.count()}(random_)};
}

std::optional<std::chrono::milliseconds> circuit_breakers::blocked_for(const std::string& destination,
                                                                       clock::time_point now) {
  const std::lock_guard lock{mutex_};
  const auto found = failing_.find(destination);
  if (found == failing_.end()) return {};
  auto& b = found->second;
  if (b.open && now - b.last_failure >= limits_.open_for) {
    b.open = false;
    b.half_open = true;
    b.failures = 0;
  }
  if (b.open || b.calling) return wait();
  b.calling = b.half_open;
  return {};
}

void circuit_breakers::succeeded(const std::string& destination) {
  const std::lock_guard lock{mutex_};
  failing_.erase(destination);
}

void circuit_breakers::failed(const std::string& destination, clock::time_point now) {
  const std::lock_guard lock{mutex_};
  if (limits_.failures == 0) return;
  auto found = failing_.find(destination);
  if (found == failing_.end()) {
    if (failing_.size() >= limits_.destinations) return;
    found = failing_.emplace(destination, breaker{}).first;
  }
  auto& b = found->second;
  b.last_failure = now;
  b.calling = false;
  if (++b.failures < limits_.failures) return;
  b.open = true;
  b.half_open = false;
}

circuit_breakers::counts circuit_breakers::count(clock::time_point now) {
  const std::lock_guard lock{mutex_};
  std::erase_if(failing_, [&](const auto& entry) {
    return !entry.second.calling && now - entry.second.last_failure > forgotten_after;
  });
  counts c;
  for (const auto& [destination, b] : failing_)
    if (b.open || b.half_open) ++(b.open ? c.open : c.half_open);
  return c;
}

}  // namespace millrace::resilience
