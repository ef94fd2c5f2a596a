#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace millrace::monitoring {

/// Limits the log rate: the first lines of each second are written, the others only counted. Thread-safe.
class log_sampler {
 public:
  explicit log_sampler(std::uint32_t lines_a_second) : most_(lines_a_second) {}

  /// Nothing: suppress this line. Otherwise the number of lines suppressed since the last written one.
  std::optional<std::uint64_t> admit(std::chrono::steady_clock::time_point now);

 private:
  const std::uint32_t most_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_{};  // start of the current second
  std::uint32_t written_ = 0;                       // in this second
  std::uint64_t omitted_ = 0;
};

}  // namespace millrace::monitoring
