#include "runtime/supervision/restart_policy.hpp"

#include <cstdint>

namespace millrace::supervision {

std::variant<restart_after, escalate> restart_history::decide(time_point now, double random) {
  while (!failures_.empty() && now - failures_.front() > policy_.window) failures_.pop_front();
  failures_.push_back(now);
  if (failures_.size() > policy_.max_restarts) {
    // One failure over the limit is enough, and dropping older ones bounds the memory if the caller continues.
    if (failures_.size() > policy_.max_restarts + std::size_t{1}) failures_.pop_front();
    return escalate{};
  }
  const auto repeats = static_cast<std::uint32_t>(failures_.size() - 1);
  if (repeats == 0) return restart_after{std::chrono::milliseconds{0}};
  return restart_after{policy_.backoff.delay(repeats, random)};
}

}  // namespace millrace::supervision
