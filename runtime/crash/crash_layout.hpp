#pragma once

#include <array>
#include <atomic>
#include <cstdint>

/// The layout of a crash record file, shared by writer and reader. Native byte order: a record is read on the machine that
/// wrote it.
namespace millrace::crash_layout {

inline constexpr std::array<char, 8> magic{'M', 'L', 'R', 'C', 'R', 'S', 'H', '1'};
inline constexpr std::uint32_t max_slots = 65'536;

struct header {
  std::array<char, 8> magic;
  std::uint32_t slots;
  std::atomic<std::int32_t> signal;  ///< the fatal signal that ended the process; 0: none was recorded
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
