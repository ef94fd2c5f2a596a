#pragma once

#include <algorithm>
#include <cstdint>

namespace millrace::postgres {

/// Microseconds since 1970, clamped to the years 1970 to 9999: an untrusted time must not fail its batch.
constexpr std::int64_t storable_time(std::int64_t microseconds) noexcept {
  return std::clamp<std::int64_t>(microseconds, 0, 253'402'300'799'000'000);
}

}  // namespace millrace::postgres
