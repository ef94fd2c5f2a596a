#include "connectors/smtp/header_lines.hpp"

#include "config/text/encoding.hpp"
#include "connectors/smtp/address.hpp"
#include "connectors/smtp/encoded_word.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace millrace::smtp {
namespace {

constexpr std::size_t preferred_line = 78;
constexpr std::size_t longest_word = 70;

/// True if the text can be folded at spaces without changing it: no long word, and no spaces that a fold would merge.
bool folds_well(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == ' ' || text.back() == ' ' || text.find("  ") != std::string_view::npos) return false;
  std::size_t word = 0;
  for (const char c : text) {
    word = c == ' ' ? 0 : word + 1;
    if (word > longest_word) return false;
  }
  return true;
}

}  // namespace

std::string header_line(std::string_view name, std::string_view value) {
  std::string result{name};
  result += ':';
  std::size_t column = result.size();
  while (!value.empty()) {
    const auto space = value.find(' ');
    const auto word = value.substr(0, space);
    value.remove_prefix(space == std::string_view::npos ? value.size() : space + 1);
    if (word.empty()) continue;  // several spaces mean one; folding between them could leave an empty line
    const bool fold = column + 1 + word.size() > preferred_line && column > name.size() + 1;
    result += fold ? "\r\n " : " ";
    column = (fold ? 0 : column) + 1 + word.size();
    result += word;
  }
  return result;
}

std::string text_header_line(std::string_view name, std::string_view value) {
  const bool plain = is_printable_ascii(value) && value.find("=?") == std::string_view::npos && folds_well(value);
  if (plain) return header_line(name, value);
  // The first encoded-word would not fit into 78 characters after the name, so each is on a separate line.
  return std::string{name} + ":\r\n " + encode_words(value);
}

std::string address_header_line(std::string_view name, const std::vector<std::string>& addresses) {
  std::string result{name};
  result += ": ";
  const char* separator = "";
  for (const auto& text : addresses) {
    result += separator;
    if (const auto m = parse_address(text)) result += to_header(*m);
    separator = ",\r\n ";
  }
  return result;
}

std::string mail_date(std::chrono::system_clock::time_point when) {
  // Not strftime, whose names depend on the locale.
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm t{};
  gmtime_r(&seconds, &t);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000", days[static_cast<std::size_t>(t.tm_wday)],
                t.tm_mday, months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  return text.data();
}

std::string attachment_disposition(std::string_view filename) {
  const auto safe = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
  };
  const bool plain =
      filename.size() <= 50 && std::all_of(filename.begin(), filename.end(), [&](char c) { return safe(c) || c == ' '; });
  if (plain) return "attachment; filename=\"" + std::string{filename} + "\"";
  return "attachment;\r\n filename*=UTF-8''" + text::percent_encoded(filename);
}

}  // namespace millrace::smtp
