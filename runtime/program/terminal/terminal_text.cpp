#include "runtime/program/terminal/terminal_text.hpp"

#include "config/text/encoding.hpp"
#include "config/text/utf8.hpp"

namespace millrace::terminal {
namespace {

/// U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+206F: line separators and bidirectional controls, which can make a
/// terminal display other text than the bytes contain.
bool is_deceptive(std::string_view sequence) {
  if (sequence == "\xD8\x9C") return true;
  if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(sequence[1]), third = static_cast<unsigned char>(sequence[2]);
  if (second == 0x81) return third >= 0xA6 && third <= 0xAF;
  return second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE));
}

void add_escaped(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) text::append_hex(bytes.substr(i, 1), out.append("\\x"));
}

}  // namespace

std::string terminal_text(std::string_view bytes, std::size_t max_bytes, bool keep_lines) {
  std::string out;
  std::size_t at = 0;
  while (at < bytes.size() && at < max_bytes) {
    const auto length = text::utf8_sequence(bytes.substr(at));
    const auto taken = bytes.substr(at, length == 0 ? 1 : length);
    const bool line = keep_lines && (taken == "\n" || taken == "\t");
    if (line || (length != 0 && text::is_printable(taken) && !is_deceptive(taken)))
      out += taken;
    else
      add_escaped(out, taken);
    at += taken.size();
  }
  if (at < bytes.size()) out += "… (" + std::to_string(bytes.size() - at) + " more bytes)";
  return out;
}

}  // namespace millrace::terminal
