#pragma once

#include <chrono>
#include <cstdint>

namespace millrace {

/// Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): the delay before attempt n +
/// 1 is uniform in (0, min(max, min × 2^(n-1))]. Pure.
struct retry_policy {
  std::chrono::milliseconds min{2'000};
  std::chrono::milliseconds max{3'600'000};

  /// The delay after failed attempt `attempt` (from 1). `random` is uniform in [0, 1). At least one millisecond.
  std::chrono::milliseconds delay(std::uint32_t attempt, double random) const noexcept;
};

}  // namespace millrace
