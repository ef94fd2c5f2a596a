#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace millrace::monitoring {

/// Keeps a flood out of the log: the first lines of each second are written, the others are counted. Thread-safe.
class log_sampler {
 public:
  explicit log_sampler(std::uint32_t lines_a_second) : most_(lines_a_second) {}

  /// None: leave this line out. Else how many were left out since the last one that was written.
  std::optional<std::uint64_t> admit(std::chrono::steady_clock::time_point now);

 private:
  const std::uint32_t most_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_{};  // when it began
  std::uint32_t written_ = 0;                       // in it
  std::uint64_t left_out_ = 0;
};

}  // namespace millrace::monitoring
