#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace millrace::test {

enum class direction { to_server, to_client };

/// What goes wrong with the bytes that flow in one direction. Without a value set, nothing does.
struct lane_faults {
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds jitter{0};           ///< up to so much more latency, evenly; order is kept
  std::size_t bytes_per_second = 0;              ///< 0: as fast as it goes
  std::size_t slice = 0;                         ///< bytes a write at most; 0: whatever is there
  bool stalled = false;                          ///< a black hole: nothing is forwarded, the connection stays open
  std::optional<std::uint64_t> reset_at = {};    ///< after so many bytes of a connection, counted from now on: reset it
  std::optional<std::uint64_t> corrupt_at = {};  ///< invert the byte at this offset, counted likewise
};

}  // namespace millrace::test
