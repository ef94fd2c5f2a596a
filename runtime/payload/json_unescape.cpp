#include "runtime/payload/json_unescape.hpp"

#include "config/text/utf8.hpp"

#include <charconv>

namespace millrace {
namespace {

char32_t hex_value(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

/// The character of the `\uXXXX`, or of the pair of them, that `raw` begins with; takes it off.
char32_t take_character(std::string_view& raw) {
  const auto take = [&raw] {
    const auto unit = hex_value(raw.substr(2, 4));
    raw.remove_prefix(6);
    return unit;
  };
  const auto unit = take();
  if (unit < 0xD800 || unit > 0xDFFF) return unit;
  return 0x10000 + ((unit - 0xD800) << 10) + (take() - 0xDC00);
}

char meaning(char letter) {
  constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
  const auto at = letters.find(letter);
  return at == letters.npos ? letter : meanings[at];
}

}  // namespace

std::string unescaped_json(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  while (!raw.empty()) {
    if (raw.starts_with("\\u")) {
      text::append_utf8(take_character(raw), text);
    } else if (raw[0] == '\\') {
      text += meaning(raw[1]);
      raw.remove_prefix(2);
    } else {
      const auto plain = raw.substr(0, raw.find('\\'));
      text += plain;
      raw.remove_prefix(plain.size());
    }
  }
  return text;
}

}  // namespace millrace
