#include "monitoring/http_exchange.hpp"

#include <algorithm>
#include <civetweb.h>

namespace millrace::monitoring {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

std::size_t count(const http_request& r, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count(r.headers, name, [](const auto& h) -> std::string_view { return h.first; }));
}

/// The body's length, or why it cannot be told for sure.
tl::expected<std::size_t, request_refused> body_length(const http_request& r, long long told, std::size_t most) {
  if (count(r, "transfer-encoding") > 0)
    return tl::unexpected(request_refused{501, "Transfer-Encoding is not supported; send a Content-Length"});
  const auto lengths = count(r, "content-length");
  if (lengths > 1) return tl::unexpected(request_refused{400, "more than one Content-Length"});
  if (lengths == 0) return 0;
  const auto text = r.header("content-length");
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos || told < 0)
    return tl::unexpected(request_refused{400, "Content-Length is no number"});
  if (static_cast<unsigned long long>(told) > most)
    return tl::unexpected(request_refused{413, "the body is larger than " + std::to_string(most) + " bytes"});
  return static_cast<std::size_t>(told);
}

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

}  // namespace

tl::expected<http_request, request_refused> read_request(mg_connection* connection, std::size_t max_body_bytes) {
  const mg_request_info& info = *mg_get_request_info(connection);
  http_request r;
  r.method = info.request_method ? info.request_method : "";
  r.path = info.local_uri_raw ? info.local_uri_raw : "";
  r.query = info.query_string ? info.query_string : "";
  r.remote_address = info.remote_addr;
  for (int i = 0; i < info.num_headers; ++i)
    r.headers.emplace_back(lower(info.http_headers[i].name), info.http_headers[i].value);
  const auto length = body_length(r, info.content_length, max_body_bytes);
  if (!length) return tl::unexpected(length.error());
  r.body.resize(*length);
  std::size_t read = 0;
  while (read < *length) {
    const int got = mg_read(connection, r.body.data() + read, *length - read);
    if (got <= 0) return tl::unexpected(request_refused{400, "the body is shorter than its Content-Length"});
    read += static_cast<std::size_t>(got);
  }
  return r;
}

void send_response(mg_connection* connection, const http_response& r, bool with_body) {
  std::string head = "HTTP/1.1 " + std::to_string(r.status) + " " + reason_of(r.status) + "\r\n";
  if (!r.content_type.empty()) head += "Content-Type: " + r.content_type + "\r\n";
  head += "Content-Length: " + std::to_string(r.body.size()) +
          "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n";
  for (const auto& [name, value] : r.headers) head.append(name).append(": ").append(value).append("\r\n");
  head += "\r\n";
  if (with_body) head += r.body;
  mg_write(connection, head.data(), head.size());
}

}  // namespace millrace::monitoring
