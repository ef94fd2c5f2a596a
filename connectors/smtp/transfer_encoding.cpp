#include "connectors/smtp/transfer_encoding.hpp"

#include "config/text/encoding.hpp"

#include <cstddef>

namespace millrace::smtp {
namespace {

constexpr std::size_t quoted_line = 75;  // without the "=" of a soft line break
constexpr std::size_t bytes_in_line = 57;

/// One line without its line end.
void quote_line(std::string& out, std::string_view line) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool blank = c == ' ' || c == '\t';
    const bool plain = blank ? i + 1 < line.size() : c > ' ' && c < 0x7f && c != '=';  // trailing blanks may be stripped
    const std::size_t width = plain ? 1 : 3;
    if (column + width > quoted_line) {
      out += "=\r\n";
      column = 0;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      out += {'=', digits[byte >> 4], digits[byte & 15]};
    column += width;
  }
}

}  // namespace

std::string quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16 + 16);
  for (;;) {
    const auto end = text.find_first_of("\r\n");
    quote_line(out, text.substr(0, end));
    if (end == text.npos) return out;
    out += "\r\n";
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

std::string base64_lines(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4 + bytes.size() / bytes_in_line * 2);
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, bytes_in_line);
    if (!out.empty()) out += "\r\n";
    out += text::to_base64(part);
    bytes.remove_prefix(part.size());
  }
  return out;
}

std::string dot_stuffed(std::string content) {
  if (content.starts_with('.')) content.insert(0, 1, '.');
  for (std::size_t at = 0; (at = content.find("\n.", at)) != content.npos; at += 3) content.insert(at + 1, 1, '.');
  return content;
}

}  // namespace millrace::smtp
