#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace millrace::test {

enum class direction { to_server, to_client };

/// Faults of the bytes in one direction. The default values inject none.
struct lane_faults {
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds jitter{0};           ///< maximum additional latency, uniformly distributed; order is kept
  std::size_t bytes_per_second = 0;              ///< 0: unlimited
  std::size_t slice = 0;                         ///< maximum bytes per write; 0: unlimited
  bool stalled = false;                          ///< nothing is forwarded, but the connection stays open
  std::optional<std::uint64_t> reset_at = {};    ///< reset a connection after that many bytes, counted from now on
  std::optional<std::uint64_t> corrupt_at = {};  ///< invert the byte at this offset, counted in the same way
};

}  // namespace millrace::test
