#include "monitoring/log/log_sampler.hpp"

#include <utility>

namespace millrace::monitoring {

std::optional<std::uint64_t> log_sampler::admit(std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    written_ = 0;
  }
  if (written_ >= most_) {
    ++omitted_;
    return std::nullopt;
  }
  ++written_;
  return std::exchange(omitted_, 0);
}

}  // namespace millrace::monitoring
