#include "connectors/smtp/message_check.hpp"

#include "connectors/smtp/encoded_word.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string_view>

namespace millrace::smtp {
namespace {

using problem = std::optional<std::string>;

constexpr std::size_t max_recipients = 100;
constexpr std::size_t max_attachments = 100;
constexpr std::size_t max_headers = 50;
constexpr std::size_t max_line = 998;  // RFC 5322 2.1.1

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= 76 && is_printable_ascii(name) &&
         name.find_first_of(" :") == std::string_view::npos;
}

/// Headers that this client writes, or that describe the body's encoding.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 10> ours{"from", "to",         "cc",           "bcc",    "subject",
                                                  "date", "message-id", "mime-version", "sender", "return-path"};
  const std::string small = lower(name);
  return small.starts_with("content-") || std::find(ours.begin(), ours.end(), small) != ours.end();
}

/// Lines can be folded at blanks only.
bool fits_lines(std::string_view value) {
  std::size_t word = 0;
  for (const char c : value) {
    word = c == ' ' ? 0 : word + 1;
    if (word > max_line - 80) return false;  // room for the name before it
  }
  return true;
}

bool is_media_type(std::string_view text) {
  constexpr std::string_view token = "!#$&-^_.+abcdefghijklmnopqrstuvwxyz0123456789";
  const std::string type = lower(text.substr(0, text.find(';')));
  const auto slash = type.find('/');
  if (text.size() > 255 || !is_printable_ascii(text) || slash == std::string::npos || slash == 0) return false;
  const auto sub = std::string_view{type}.substr(slash + 1);
  if (sub.empty() || type.substr(0, slash).find_first_not_of(token) != std::string::npos ||
      sub.find_first_not_of(token) != std::string_view::npos)
    return false;
  return !type.starts_with("multipart/") && !type.starts_with("message/");  // those are structure, not content
}

problem check_addresses(const message& m, const std::string& from) {
  if (!valid_address(from)) return "from is not a valid address";
  for (const auto* list : {&m.to, &m.cc, &m.bcc})
    for (const auto& address : *list)
      if (!valid_address(address)) return "a recipient is not a valid address";
  const std::size_t count = m.to.size() + m.cc.size() + m.bcc.size();
  if (count == 0) return "there is no recipient";
  if (count > max_recipients) return "there are too many recipients";
  return {};
}

problem check_headers(const message& m) {
  if (m.subject.size() > max_line) return "the subject is too long";
  if (!is_clean_text(m.subject)) return "the subject contains control characters or is not UTF-8";
  if (m.message_id.size() > 250 || !is_printable_ascii(m.message_id) ||
      m.message_id.find_first_of(" <>") != std::string::npos)
    return "the message id is not usable";
  if (m.headers.size() > max_headers) return "there are too many headers";
  for (const auto& [name, value] : m.headers) {
    if (!is_header_name(name)) return "a header name is not usable";
    if (is_reserved(name)) return "header " + name + " is not the caller's to set";
    if (!is_printable_ascii(value)) return "header " + name + " contains control characters or is not ASCII";
    if (value.size() > 8 * max_line || !fits_lines(value)) return "header " + name + " is too long";
  }
  return {};
}

problem check_attachments(const message& m) {
  if (m.attachments.size() > max_attachments) return "there are too many attachments";
  for (const auto& a : m.attachments) {
    const bool path = a.filename.find_first_of("/\\") != std::string::npos;
    if (a.filename.empty() || a.filename.size() > 255 || path || !is_clean_text(a.filename))
      return "the name of an attachment is not usable";
    if (!is_media_type(a.content_type)) return "the content type of an attachment is not usable";
  }
  return {};
}

}  // namespace

std::uint64_t counted_bytes(const message& m) {
  std::uint64_t bytes = m.subject.size() + m.text.size() + m.html.size();
  for (const auto& a : m.attachments) {
    const std::uint64_t base64 = (a.content.size() + 2) / 3 * 4;
    bytes += base64 + base64 / 76 * 2;
  }
  return bytes;
}

problem check_message(const message& m, const std::string& from, std::uint64_t max_bytes) {
  if (auto p = check_addresses(m, from)) return p;
  if (auto p = check_headers(m)) return p;
  if (auto p = check_attachments(m)) return p;
  if (m.text.empty() && m.html.empty()) return "there is neither text nor html";
  if (counted_bytes(m) > max_bytes) return "the message is larger than allowed";
  return {};
}

}  // namespace millrace::smtp
