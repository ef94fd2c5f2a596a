#include "runtime/program/terminal/text_width.hpp"

#include "config/text/utf8.hpp"

#include <algorithm>
#include <array>

namespace millrace::terminal {
namespace {

struct character_range {
  char32_t first, last;
};

constexpr std::array zero_width{
    character_range{0x0300, 0x036F}, character_range{0x0483, 0x0489},   character_range{0x0591, 0x05BD},
    character_range{0x05C1, 0x05C2}, character_range{0x0610, 0x061A},   character_range{0x064B, 0x065F},
    character_range{0x06D6, 0x06DC}, character_range{0x0901, 0x0902},   character_range{0x093C, 0x093C},
    character_range{0x0941, 0x0948}, character_range{0x094D, 0x094D},   character_range{0x0E31, 0x0E31},
    character_range{0x0E34, 0x0E3A}, character_range{0x0E47, 0x0E4E},   character_range{0x1AB0, 0x1AFF},
    character_range{0x1DC0, 0x1DFF}, character_range{0x200B, 0x200D},   character_range{0x2060, 0x2064},
    character_range{0x20D0, 0x20F0}, character_range{0xFE00, 0xFE0F},   character_range{0xFE20, 0xFE2F},
    character_range{0xFEFF, 0xFEFF}, character_range{0xE0000, 0xE01EF},
};

constexpr std::array double_width{
    character_range{0x1100, 0x115F},   character_range{0x231A, 0x231B},   character_range{0x23E9, 0x23EC},
    character_range{0x25FD, 0x25FE},   character_range{0x2614, 0x2615},   character_range{0x2648, 0x2653},
    character_range{0x26A1, 0x26A1},   character_range{0x2705, 0x2705},   character_range{0x274C, 0x274C},
    character_range{0x2753, 0x2757},   character_range{0x2795, 0x2797},   character_range{0x2B1B, 0x2B1C},
    character_range{0x2E80, 0x303E},   character_range{0x3041, 0x4DBF},   character_range{0x4E00, 0xA4CF},
    character_range{0xA960, 0xA97F},   character_range{0xAC00, 0xD7A3},   character_range{0xF900, 0xFAFF},
    character_range{0xFE30, 0xFE6F},   character_range{0xFF01, 0xFF60},   character_range{0xFFE0, 0xFFE6},
    character_range{0x16FE0, 0x18CFF}, character_range{0x1B000, 0x1B2FF}, character_range{0x1F300, 0x1F64F},
    character_range{0x1F680, 0x1F6FF}, character_range{0x1F7E0, 0x1F7EB}, character_range{0x1F900, 0x1F9FF},
    character_range{0x1FA70, 0x1FAFF}, character_range{0x20000, 0x3FFFD},
};

template <class Ranges>
bool in_ranges(const Ranges& ranges, char32_t c) noexcept {
  const auto at = std::ranges::lower_bound(ranges, c, {}, &character_range::last);
  return at != ranges.end() && c >= at->first;
}

char32_t character_of(std::string_view sequence) noexcept {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first;
  char32_t c = first & (0xFFu >> (sequence.size() + 1));
  for (const char next : sequence.substr(1)) c = c << 6 | (static_cast<unsigned char>(next) & 0x3Fu);
  return c;
}

struct measured_character {
  std::size_t bytes, columns;
};

measured_character next_character(std::string_view rest) noexcept {
  const auto length = text::utf8_sequence(rest);
  if (length < 2) return {1, 1};
  const auto c = character_of(rest.substr(0, length));
  if (in_ranges(zero_width, c)) return {length, 0};
  return {length, in_ranges(double_width, c) ? 2U : 1U};
}

}  // namespace

std::size_t text_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto seen = next_character(text.substr(at));
    at += seen.bytes;
    columns += seen.columns;
  }
  return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (columns == 0) return {};
  constexpr std::size_t max_bytes_per_column = 8;
  constexpr std::string_view ellipsis = "…";
  const auto max_bytes = max_bytes_per_column * columns;
  std::size_t at = 0, used = 0, kept = 0;  // the first `kept` bytes leave a column for the ellipsis
  while (at < text.size()) {
    const auto seen = next_character(text.substr(at));
    if (used + seen.columns > columns || at + seen.bytes > max_bytes) break;
    at += seen.bytes;
    used += seen.columns;
    if (used < columns && at + ellipsis.size() <= max_bytes) kept = at;
  }
  if (at == text.size()) return std::string{text};
  return std::string{text.substr(0, kept)}.append(ellipsis);
}

}  // namespace millrace::terminal
