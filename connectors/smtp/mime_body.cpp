#include "connectors/smtp/mime_body.hpp"

#include "connectors/smtp/address.hpp"
#include "connectors/smtp/header_lines.hpp"

#include <new>

namespace millrace::smtp {
namespace {

void check(CURLcode code) {
  if (code != CURLE_OK) throw std::bad_alloc{};  // the only way these calls fail
}

curl_mimepart* add_part(curl_mime* mime) {
  curl_mimepart* part = curl_mime_addpart(mime);
  if (part == nullptr) throw std::bad_alloc{};
  return part;
}

/// CRLF line ends, as mail wants them; quoted-printable would keep a lone LF as data.
std::string with_crlf(const std::string& text) {
  std::string result;
  result.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\r' || text[i] == '\n')
      result += "\r\n";
    else
      result += text[i];
  }
  return result;
}

void add_text(curl_mime* mime, const std::string& text, const char* type) {
  const std::string lines = with_crlf(text);
  curl_mimepart* part = add_part(mime);
  check(curl_mime_data(part, lines.data(), lines.size()));
  check(curl_mime_type(part, type));
  check(curl_mime_encoder(part, "quoted-printable"));
}

void add_texts(curl_mime* mime, const message& m) {
  if (!m.text.empty()) add_text(mime, m.text, "text/plain; charset=utf-8");
  if (!m.html.empty()) add_text(mime, m.html, "text/html; charset=utf-8");
}

void add_attachment(curl_mime* mime, const attachment& a) {
  curl_mimepart* part = add_part(mime);
  check(curl_mime_data(part, a.content.data(), a.content.size()));
  check(curl_mime_type(part, a.content_type.c_str()));
  check(curl_mime_encoder(part, "base64"));
  http::text_list headers;
  http::append(headers, "Content-Disposition: " + attachment_disposition(a.filename));
  check(curl_mime_headers(part, headers.get(), 1));
  headers.release();  // the part owns it now
}

/// Puts `inner` into `outer` as one part.
void nest(curl_mime* outer, http::mime_handle inner, const char* type) {
  curl_mimepart* part = add_part(outer);
  check(curl_mime_subparts(part, inner.get()));
  inner.release();  // the part owns it now
  check(curl_mime_type(part, type));
}

http::mime_handle make_mime(CURL* easy) {
  http::mime_handle mime{curl_mime_init(easy)};
  if (!mime) throw std::bad_alloc{};
  return mime;
}

}  // namespace

http::text_list mail_headers(const message& m, const std::string& from, std::chrono::system_clock::time_point now) {
  http::text_list list;
  http::append(list, "Date: " + mail_date(now));
  http::append(list, address_header_line("From", {from}));
  if (!m.to.empty()) http::append(list, address_header_line("To", m.to));
  if (!m.cc.empty()) http::append(list, address_header_line("Cc", m.cc));
  if (m.to.empty() && m.cc.empty()) http::append(list, "To: undisclosed-recipients:;");
  http::append(list, text_header_line("Subject", m.subject));
  if (!m.message_id.empty()) {
    const bool whole = m.message_id.find('@') != std::string::npos;
    const auto sender = parse_address(from);
    const std::string domain = whole || !sender ? "" : "@" + std::string{domain_of(sender->address)};
    http::append(list, "Message-ID: <" + m.message_id + domain + ">");
  }
  for (const auto& [name, value] : m.headers) http::append(list, header_line(name, value));
  return list;
}

http::mime_handle mime_body(CURL* easy, const message& m) {
  auto mime = make_mime(easy);
  const bool both = !m.text.empty() && !m.html.empty();
  if (both) {
    auto alternatives = make_mime(easy);
    add_texts(alternatives.get(), m);
    nest(mime.get(), std::move(alternatives), "multipart/alternative");
  } else {
    add_texts(mime.get(), m);
  }
  for (const auto& a : m.attachments) add_attachment(mime.get(), a);
  return mime;
}

}  // namespace millrace::smtp
