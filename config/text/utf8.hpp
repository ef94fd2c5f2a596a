#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// UTF-8 (Unicode standard, table 3-7): no overlong forms, no surrogates, nothing over U+10FFFF. Checks that run for every
/// message are inline.
namespace millrace::text {

/// Length of the UTF-8 sequence at the start of `bytes` (not empty), 1 to 4; 0 if the bytes are not valid UTF-8.
inline std::size_t utf8_sequence(std::string_view bytes) noexcept {
  const auto byte = [bytes](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(bytes[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0u) != 0x80) return 0;
  const auto second = byte(1);
  if (first == 0xE0 && second < 0xA0) return 0;   // overlong
  if (first == 0xED && second >= 0xA0) return 0;  // a surrogate
  if (first == 0xF0 && second < 0x90) return 0;   // overlong
  if (first == 0xF4 && second >= 0x90) return 0;  // over U+10FFFF
  return length;
}

/// True if the eight bytes at `at` are ASCII without NUL: the usual case, checked in one step.
inline bool is_eight_ascii(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  constexpr std::uint64_t high = 0x8080808080808080ULL;
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  return ((word | (word - ones)) & high) == 0;
}

/// Length of the longest prefix of `bytes` that is valid UTF-8 without NUL; `bytes.size()` if all of it is.
inline std::size_t valid_text_prefix(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at >= 8 && is_eight_ascii(bytes.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = utf8_sequence(bytes.substr(at));
    if (length == 0 || bytes[at] == '\0') break;
    at += length;
  }
  return at;
}

/// Appends a code point, which is not a surrogate and at most U+10FFFF, as UTF-8.
void append_utf8(char32_t character, std::string& out);
/// True if `bytes` is UTF-8 without control characters (C0, DEL, C1): safe for a database column, a log line and a terminal.
bool is_printable(std::string_view bytes) noexcept;
/// The start of untrusted input in quotes, for an error message: at most 64 bytes, with '?' for each byte or character that
/// is not printable.
std::string excerpt(std::string_view bytes);

}  // namespace millrace::text
