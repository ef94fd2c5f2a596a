#include "connectors/smtp/encoded_word.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace::smtp {
namespace {

// 75 less "=?UTF-8?B?" and "?=" leaves 63 characters of base64, of which 60 are whole groups of four: 45 bytes.
constexpr std::size_t max_word_bytes = 45;

/// Length of the UTF-8 sequence at the front of `text`, 0 if there is none. `code` gets the code point.
std::size_t sequence(std::string_view text, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead >= 0xf8 || (lead >= 0x80 && lead < 0xc0) || length > text.size()) return 0;
  code = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least[length] || surrogate || code > 0x10ffff ? 0 : length;
}

bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
}

std::string base64(std::string_view bytes) {
  std::array<unsigned char, max_word_bytes * 2> out{};
  const int length =
      EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(length)};
}

}  // namespace

bool is_clean_text(std::string_view text) {
  while (!text.empty()) {
    std::uint32_t code = 0;
    const std::size_t length = sequence(text, code);
    if (length == 0 || is_control(code)) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string encode_words(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    std::size_t bytes = 0;
    while (bytes < text.size()) {
      std::uint32_t code = 0;
      const std::size_t next = std::max<std::size_t>(1, sequence(text.substr(bytes), code));
      if (bytes + next > max_word_bytes) break;
      bytes += next;
    }
    if (!result.empty()) result += "\r\n ";
    result += "=?UTF-8?B?" + base64(text.substr(0, bytes)) + "?=";
    text.remove_prefix(bytes);
  }
  return result;
}

}  // namespace millrace::smtp
