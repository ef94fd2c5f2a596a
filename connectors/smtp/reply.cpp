#include "connectors/smtp/reply.hpp"

#include <algorithm>

namespace millrace::smtp {
namespace {

constexpr std::size_t max_reply_line = 4'096;  // RFC 5321, 4.5.3.1.5, has 512; some servers send more
constexpr std::size_t max_reply_lines = 128;
constexpr std::size_t max_shown = 512;

bool is_reply_line(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5') return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return digit(line[1]) && digit(line[2]) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

}  // namespace

std::string shown(std::string_view line) {
  std::string text{line.substr(0, max_shown)};
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return text;
}

tl::expected<std::optional<reply>, std::string> reply_reader::next() {
  for (;;) {
    const auto end = received_.find('\n');
    if (std::min(end, received_.size()) > max_reply_line || lines_ > max_reply_lines)
      return tl::unexpected<std::string>("the server's reply is too long");
    if (end == std::string::npos) return std::optional<reply>{};
    std::string_view line{received_.data(), end};
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_reply_line(line)) return tl::unexpected("not a reply of SMTP: " + shown(line));
    const bool last = line.size() == 3 || line[3] == ' ';
    reply whole{(line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'), last ? shown(line) : std::string{}};
    received_.erase(0, end + 1);
    lines_ = last ? 0 : lines_ + 1;
    if (last) return whole;
  }
}

}  // namespace millrace::smtp
