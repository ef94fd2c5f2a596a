#include "actors/handlers/email/email_message.hpp"

#include "config/text/encoding.hpp"
#include "connectors/smtp/address.hpp"
#include "connectors/smtp/encoded_word.hpp"
#include "runtime/task/task_payload.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace millrace::handlers {
namespace {

using nlohmann::json;

constexpr std::size_t max_recipients = 50;  // to, cc and bcc together
constexpr std::size_t max_attachments = 20;
constexpr std::size_t max_subject_bytes = 998;
constexpr std::size_t max_text_bytes = 1024 * 1024;
constexpr std::size_t max_header_bytes = 2'048;

/// Headers that a producer may set. None of them can change the recipients or the sender.
constexpr std::array<std::string_view, 8> allowed_headers{"reply-to",    "list-unsubscribe", "list-unsubscribe-post",
                                                          "in-reply-to", "references",       "x-entity-ref-id",
                                                          "importance",  "auto-submitted"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Reads one address or a list of addresses.
void read_addresses(payload_reader& reader, const char* name, std::vector<std::string>& into) {
  const json* value = reader.member(name);
  if (value == nullptr) return;
  const auto add = [&](const json& item, const std::string& entry) {
    if (!item.is_string()) return reader.fail(name, "must be an address or a list of addresses");
    auto address = item.get<std::string>();
    if (const auto box = smtp::parse_address(address); !box) return reader.fail(name, entry + box.error());
    into.push_back(std::move(address));
  };
  if (!value->is_array()) return add(*value, "");
  if (value->size() > max_recipients) return reader.fail(name, "has more than 50 addresses");
  for (std::size_t i = 0; i < value->size(); ++i) add((*value)[i], "entry " + std::to_string(i + 1) + ": ");
}

void read_headers(payload_reader& reader, smtp::message& m) {
  const json* value = reader.member("headers");
  if (value == nullptr) return;
  if (!value->is_object()) return reader.fail("headers", "must be an object");
  for (const auto& [name, content] : value->items()) {
    const std::string small = lower(name);
    if (std::find(allowed_headers.begin(), allowed_headers.end(), small) == allowed_headers.end())
      return reader.fail("headers", "has a header that is not allowed");
    if (!content.is_string()) return reader.fail("headers", "must have texts as values");
    auto text = content.get<std::string>();
    if (small == "reply-to") {
      const auto box = smtp::parse_address(text);
      if (!box) return reader.fail("headers", std::string{"Reply-To "} + box.error());
      text = smtp::to_header(*box);
      std::erase(text, '\r');  // the client folds the header itself
      std::erase(text, '\n');
    }
    if (text.empty() || text.size() > max_header_bytes || !smtp::is_printable_ascii(text))
      return reader.fail("headers", "has a value that is empty, too long, or not printable ASCII");
    m.headers.emplace_back(name, std::move(text));
  }
}

/// Returns an error message, or an empty string.
std::string read_attachment(const json& item, const std::string& path, std::uint64_t max_bytes, smtp::attachment& into) {
  payload_reader reader{item, path};
  into.filename = reader.text("filename", 1, 255);
  into.content_type = reader.text_or("content_type", into.content_type, 255);
  const auto text = reader.text("content_base64", 0, max_bytes);
  auto content = text::from_base64(text);
  if (!content) reader.fail("content_base64", "is not base64 on one line");
  if (into.filename.find_first_of("/\\") != std::string::npos || !smtp::is_clean_text(into.filename))
    reader.fail("filename", "must be a name without path and control characters");
  if (auto problem = reader.finish()) return *problem;
  into.content = *std::move(content);
  return {};
}

std::string read_attachments(payload_reader& reader, std::uint64_t max_bytes, smtp::message& m) {
  const json* value = reader.member("attachments");
  if (value == nullptr) return {};
  if (!value->is_array()) return "field 'attachments': must be a list";
  if (value->size() > max_attachments) return "field 'attachments': has more than 20 entries";
  for (std::size_t i = 0; i < value->size(); ++i) {
    m.attachments.emplace_back();
    auto problem = read_attachment((*value)[i], "attachments[" + std::to_string(i) + "].", max_bytes, m.attachments.back());
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

tl::expected<smtp::message, std::string> read_email(const task& t, std::uint64_t max_message_bytes) {
  const auto payload = parse_payload(t);
  if (!payload) return tl::unexpected(payload.error());
  payload_reader reader{*payload};
  smtp::message m;
  m.message_id = to_string(t.id);
  read_addresses(reader, "to", m.to);
  read_addresses(reader, "cc", m.cc);
  read_addresses(reader, "bcc", m.bcc);
  if (m.to.empty()) reader.fail("to", "must have at least one address");
  if (m.to.size() + m.cc.size() + m.bcc.size() > max_recipients)
    reader.fail("to", "has, with cc and bcc, more than 50 addresses");
  m.subject = reader.text("subject", 0, max_subject_bytes);
  if (!smtp::is_clean_text(m.subject)) reader.fail("subject", "must not contain control characters");
  m.text = reader.text_or("text", {}, max_text_bytes);
  m.html = reader.text_or("html", {}, max_text_bytes);
  if (m.text.empty() && m.html.empty()) reader.fail("text", "must be given, or html");
  read_headers(reader, m);
  const auto in_attachments = read_attachments(reader, max_message_bytes, m);
  if (auto problem = reader.finish()) return tl::unexpected(*std::move(problem));
  if (!in_attachments.empty()) return tl::unexpected(in_attachments);
  return m;
}

}  // namespace millrace::handlers
