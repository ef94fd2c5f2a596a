#include "connectors/postgres/session/text_sanitizer.hpp"

#include "config/text/utf8.hpp"

namespace millrace::postgres {

namespace {

/// Length of the character at the start of `bytes`; 0 if PostgreSQL cannot store it.
std::size_t character_length(std::string_view bytes) { return bytes[0] == '\0' ? 0 : text::utf8_sequence(bytes); }

}  // namespace

bool storable(std::string_view bytes) noexcept { return text::valid_text_prefix(bytes) == bytes.size(); }

std::string storable_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = character_length(bytes.substr(at));
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
