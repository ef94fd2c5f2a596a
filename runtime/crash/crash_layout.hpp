#pragma once

#include <array>
#include <atomic>
#include <cstdint>

/// The bytes of a crash record, as its writer maps them and a reader finds them. Native byte order: it is read on the
/// machine that wrote it.
namespace millrace::crash_layout {

inline constexpr std::array<char, 8> magic{'M', 'L', 'R', 'C', 'R', 'S', 'H', '1'};
inline constexpr std::uint32_t max_slots = 65'536;

struct header {
  std::array<char, 8> magic;
  std::uint32_t slots;
  std::atomic<std::int32_t> signal;  ///< the fatal signal that ended the process; 0: none was seen
  std::array<char, 240> node;        ///< zero-terminated
};

struct slot {
  std::atomic<std::uint32_t> used;  ///< set last, cleared first
  std::uint32_t tenant_size;
  std::array<std::uint8_t, 16> id;
  std::int64_t entered_ms;  ///< of the machine's monotonic clock
  std::array<char, 96> tenant;
};

static_assert(sizeof(header) == 256 && sizeof(slot) == 128);
static_assert(std::atomic<std::int32_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace millrace::crash_layout
