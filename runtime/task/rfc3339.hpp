#pragma once

#include "runtime/task/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// External times must be in 1970 to 2199: later ones are mistakes (milliseconds for seconds), and far later ones overflow
/// the clock.
inline constexpr std::uint64_t max_unix_seconds = 7'258'118'399;

/// Converts seconds since 1970; nullopt after the year 2199.
std::optional<wall_time> from_unix_seconds(std::uint64_t seconds) noexcept;
/// Parses "2026-11-21T09:30:00.25+01:00" (RFC 3339, also with a space instead of the T, and with a leap second). The offset
/// is required. Digits below microseconds are dropped.
std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept;
/// In UTC with microseconds, "2026-11-21T08:30:00.250000Z".
std::string to_rfc3339(wall_time time);

}  // namespace millrace
