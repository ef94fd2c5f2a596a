#include "config/text/utf8.hpp"

namespace millrace::text {
namespace {

constexpr std::size_t excerpt_bytes = 64;

bool is_control(std::string_view sequence) noexcept {
  const auto byte = [sequence](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  return sequence.size() == 2 && byte(0) == 0xC2 && byte(1) < 0xA0;  // C1: U+0080 to U+009F
}

}  // namespace

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

bool is_printable(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence(bytes);
    if (length == 0 || is_control(bytes.substr(0, length))) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string excerpt(std::string_view bytes) {
  std::string quoted = "'";
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence(bytes);
    const std::size_t taken = length == 0 ? 1 : length;
    if (quoted.size() - 1 + taken > excerpt_bytes) {
      quoted += "...";
      break;
    }
    if (length == 0 || is_control(bytes.substr(0, length)))
      quoted += '?';
    else
      quoted += bytes.substr(0, length);
    bytes.remove_prefix(taken);
  }
  return quoted + "'";
}

}  // namespace millrace::text
