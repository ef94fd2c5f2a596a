#include "connectors/postgres/session/text_sanitizer.hpp"

#include <cstdint>
#include <cstring>

namespace millrace::postgres {

namespace {

bool continues(std::string_view bytes, std::size_t at, unsigned from = 0x80, unsigned to = 0xBF) {
  if (at >= bytes.size()) return false;
  const auto byte = static_cast<unsigned char>(bytes[at]);
  return byte >= from && byte <= to;
}

/// Length of the character at `at`; 0 if there is none (table 3-7 of the Unicode standard).
std::size_t character_length(std::string_view bytes, std::size_t at) {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(bytes, at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned from = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned to = lead == 0xED ? 0x9F : 0xBF;
    return continues(bytes, at + 1, from, to) && continues(bytes, at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned from = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned to = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(bytes, at + 1, from, to) && continues(bytes, at + 2) && continues(bytes, at + 3) ? 4 : 0;
  }
  return 0;
}

/// Eight ASCII bytes without NUL: the usual case, in one step.
bool eight_plain(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  return ((word | (word - ones)) & (ones << 7)) == 0;
}

}  // namespace

bool storable(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes.size() - at >= 8 && eight_plain(bytes.data() + at)) {
      at += 8;
      continue;
    }
    const auto length = character_length(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string storable_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = character_length(bytes, at);
    if (length > 0) {
      text.append(bytes, at, length);
      at += length;
      continue;
    }
    if (bytes[at] != '\0') text += "\xEF\xBF\xBD";
    ++at;
  }
  return text;
}

std::string_view shortened(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace millrace::postgres
