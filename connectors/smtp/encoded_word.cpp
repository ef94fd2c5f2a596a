#include "connectors/smtp/encoded_word.hpp"

#include "config/text/encoding.hpp"
#include "config/text/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace millrace::smtp {
namespace {

// 75 minus "=?UTF-8?B?" and "?=" leaves 63 characters of base64; 60 of them are whole groups of four: 45 bytes.
constexpr std::size_t max_word_bytes = 45;

}  // namespace

bool is_clean_text(std::string_view text) {
  constexpr std::string_view line_separator = "\xE2\x80\xA8", paragraph_separator = "\xE2\x80\xA9";
  return text::is_printable(text) && text.find(line_separator) == text.npos && text.find(paragraph_separator) == text.npos;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string encode_words(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    std::size_t bytes = 0;
    while (bytes < text.size()) {
      const std::size_t next = std::max<std::size_t>(1, text::utf8_sequence(text.substr(bytes)));
      if (bytes + next > max_word_bytes) break;
      bytes += next;
    }
    if (!result.empty()) result += "\r\n ";
    result += "=?UTF-8?B?" + text::to_base64(text.substr(0, bytes)) + "?=";
    text.remove_prefix(bytes);
  }
  return result;
}

}  // namespace millrace::smtp
