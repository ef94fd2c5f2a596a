#include "runtime/payload/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

constexpr std::size_t quote_limit = 64;

std::uint32_t byte_at(std::string_view bytes, std::size_t i) noexcept { return static_cast<unsigned char>(bytes[i]); }

bool is_control(std::string_view sequence) noexcept {
  const auto first = byte_at(sequence, 0);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2 && byte_at(sequence, 1) < 0xA0;  // C1: U+0080 to U+009F
}

/// Eight ASCII bytes without NUL: the usual case, in one step.
bool eight_plain(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  constexpr std::uint64_t high = 0x8080808080808080ULL;
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  return ((word | (word - ones)) & high) == 0;
}

}  // namespace

std::size_t utf8_sequence(std::string_view bytes) noexcept {
  const auto first = byte_at(bytes, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(bytes, i) & 0xC0u) != 0x80) return 0;
  const auto second = byte_at(bytes, 1);
  if (first == 0xE0 && second < 0xA0) return 0;   // overlong
  if (first == 0xED && second >= 0xA0) return 0;  // a surrogate
  if (first == 0xF0 && second < 0x90) return 0;   // overlong
  if (first == 0xF4 && second >= 0x90) return 0;  // over U+10FFFF
  return length;
}

void append_utf8(char32_t character, std::string& out) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80u | (character >> shift & 0x3Fu)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0u | character >> 6);
    tail(0);
  } else if (character < 0x10000) {
    out += static_cast<char>(0xE0u | character >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0u | character >> 18);
    tail(12), tail(6), tail(0);
  }
}

std::size_t valid_text_prefix(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at >= 8 && eight_plain(bytes.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = utf8_sequence(bytes.substr(at));
    if (length == 0 || bytes[at] == '\0') break;
    at += length;
  }
  return at;
}

bool is_printable(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence(bytes);
    if (length == 0 || is_control(bytes.substr(0, length))) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string excerpt(std::string_view bytes) {
  std::string text = "'";
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence(bytes);
    const std::size_t taken = length == 0 ? 1 : length;
    if (text.size() - 1 + taken > quote_limit) {
      text += "...";
      break;
    }
    if (length == 0 || is_control(bytes.substr(0, length)))
      text += '?';
    else
      text += bytes.substr(0, length);
    bytes.remove_prefix(taken);
  }
  return text + "'";
}

}  // namespace millrace
