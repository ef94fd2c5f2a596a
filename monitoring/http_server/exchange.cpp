#include "monitoring/http_server/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <microhttpd.h>
#include <netdb.h>

namespace millrace::monitoring {
namespace {

std::string lower_case(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

/// Called for every header line, repeated names included. Out of memory terminates the node, as everywhere.
MHD_Result add_header(void* into, MHD_ValueKind, const char* name, std::size_t name_size, const char* value,
                      std::size_t value_size) noexcept {
  static_cast<http_request*>(into)->headers.emplace_back(lower_case({name, name_size}),
                                                         std::string(value ? value : "", value_size));
  return MHD_YES;
}

std::string address_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (!info || !info->client_addr) return {};
  const sockaddr* from = info->client_addr;
  const socklen_t size = from->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  char text[NI_MAXHOST];
  return getnameinfo(from, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : std::string{};
}

/// RFC 9112, 5.1. Whitespace before the colon and folded lines, which libmicrohttpd 0.9.75 appends to the name, yield names
/// with a space or colon. Proxies may interpret them differently.
bool is_token(std::string_view name) {
  static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

/// Checks that the body length is unambiguous and within the limit (RFC 9112, 6.3 and 11.2).
tl::expected<void, request_refused> check_length(const http_request& r, std::size_t most) {
  const auto refused = [](int status, std::string reason) {
    return tl::unexpected(request_refused{status, std::move(reason)});
  };
  const auto count = [&r](std::string_view name) {
    return std::ranges::count(r.headers, name, [](const auto& h) -> std::string_view { return h.first; });
  };
  if (!std::ranges::all_of(r.headers, [](const auto& h) { return is_token(h.first); }))
    return refused(400, "invalid header name");
  if (count("transfer-encoding") > 0)
    return count("content-length") > 0 ? refused(400, "both a Transfer-Encoding and a Content-Length")
                                       : refused(411, "Transfer-Encoding is not supported; send a Content-Length");
  if (count("content-length") == 0) return {};
  if (count("content-length") > 1) return refused(400, "more than one Content-Length");
  const auto text = r.header("content-length");
  std::size_t length = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (failed == std::errc::invalid_argument || rest != text.data() + text.size())
    return refused(400, "Content-Length is not a number");
  if (failed != std::errc{} || length > most)
    return refused(413, "the body is larger than " + std::to_string(most) + " bytes");
  return {};
}

}  // namespace

http_exchange::http_exchange(std::string_view target) {
  const auto mark = target.find('?');
  request_.path = target.substr(0, mark);
  if (mark != target.npos) request_.query = target.substr(mark + 1);
}

tl::expected<void, request_refused> http_exchange::read_head(MHD_Connection* connection, const char* method,
                                                             std::size_t max_body_bytes) {
  at = stage::body;
  request_.method = method;
  request_.remote_address = address_of(connection);
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &add_header, &request_);
  return check_length(request_, max_body_bytes);
}

bool is_ping(const http_request& r) { return r.method == "OPTIONS" && r.path == "*"; }

bool send_response(MHD_Connection* connection, const http_response& r) {
  // The library copies the buffer although its parameter is not const.
  auto* bytes = const_cast<char*>(r.body.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  const std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)> answer{
      MHD_create_response_from_buffer(r.body.size(), bytes, MHD_RESPMEM_MUST_COPY), &MHD_destroy_response};
  if (!answer) return false;
  bool ok = true;
  const auto add = [&](const char* name, const std::string& value) {
    ok = MHD_add_response_header(answer.get(), name, value.c_str()) == MHD_YES && ok;
  };
  if (!r.content_type.empty()) add("Content-Type", r.content_type);
  add("Cache-Control", "no-store");
  add("X-Content-Type-Options", "nosniff");
  add("Connection", "close");
  for (const auto& [name, value] : r.headers) add(name.c_str(), value);
  return ok && MHD_queue_response(connection, static_cast<unsigned>(r.status), answer.get()) == MHD_YES;
}

}  // namespace millrace::monitoring
