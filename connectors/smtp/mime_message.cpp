#include "connectors/smtp/mime_message.hpp"

#include "config/text/encoding.hpp"
#include "connectors/smtp/address.hpp"
#include "connectors/smtp/header_lines.hpp"
#include "connectors/smtp/transfer_encoding.hpp"

#include <openssl/rand.h>

#include <array>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

namespace millrace::smtp {
namespace {

void add_line(std::string& out, std::string_view line) { out.append(line).append("\r\n"); }

/// Random, so that no part can contain it.
std::string new_boundary() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes");
  return "=_" + text::to_hex(bytes);  // neither transfer encoding writes "=_"
}

std::string text_part(const std::string& text, std::string_view type) {
  std::string part;
  add_line(part, "Content-Type: " + std::string{type} + "; charset=utf-8");
  add_line(part, "Content-Transfer-Encoding: quoted-printable");
  add_line(part, "");
  add_line(part, quoted_printable(text));
  return part;
}

std::string attachment_part(const attachment& a) {
  std::string part;
  add_line(part, "Content-Type: " + a.content_type);
  add_line(part, "Content-Transfer-Encoding: base64");
  add_line(part, "Content-Disposition: " + attachment_disposition(a.filename));
  add_line(part, "");
  add_line(part, base64_lines(a.content));
  return part;
}

/// A multipart part of several parts.
std::string multipart(std::string_view subtype, const std::vector<std::string>& parts) {
  const std::string boundary = new_boundary();
  std::string whole;
  add_line(whole, "Content-Type: multipart/" + std::string{subtype} + "; boundary=\"" + boundary + "\"");
  add_line(whole, "");
  for (const auto& part : parts) {
    add_line(whole, "--" + boundary);
    whole += part;
  }
  add_line(whole, "--" + boundary + "--");
  return whole;
}

std::string text_of(const message& m) {
  if (m.html.empty()) return text_part(m.text, "text/plain");
  if (m.text.empty()) return text_part(m.html, "text/html");
  return multipart("alternative", {text_part(m.text, "text/plain"), text_part(m.html, "text/html")});
}

std::string body_of(const message& m) {
  if (m.attachments.empty()) return text_of(m);
  std::vector<std::string> parts{text_of(m)};
  for (const auto& a : m.attachments) parts.push_back(attachment_part(a));
  return multipart("mixed", parts);
}

std::string message_id(const message& m, const std::string& from) {
  const bool whole = m.message_id.find('@') != std::string::npos;
  const auto sender = parse_address(from);
  return "<" + m.message_id + (whole || !sender ? "" : "@" + std::string{domain_of(sender->address)}) + ">";
}

}  // namespace

std::string mime_message(const message& m, const std::string& from, std::chrono::system_clock::time_point now) {
  std::string out;
  add_line(out, "Date: " + mail_date(now));
  add_line(out, address_header_line("From", {from}));
  if (!m.to.empty()) add_line(out, address_header_line("To", m.to));
  if (!m.cc.empty()) add_line(out, address_header_line("Cc", m.cc));
  if (m.to.empty() && m.cc.empty()) add_line(out, "To: undisclosed-recipients:;");
  add_line(out, text_header_line("Subject", m.subject));
  if (!m.message_id.empty()) add_line(out, "Message-ID: " + message_id(m, from));
  for (const auto& [name, value] : m.headers) add_line(out, header_line(name, value));
  add_line(out, "Mime-Version: 1.0");
  return out + body_of(m);
}

}  // namespace millrace::smtp
