#include "connectors/http/exchange.hpp"

#include "connectors/http/public_address.hpp"
#include "connectors/http/transfer_failure.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace millrace::http {
namespace {

constexpr std::size_t max_response_header_bytes = 64 * 1024;

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace

exchange::exchange(const client_options& options, request r, callback done)
    : options_(options), request_(std::move(r)), done_(std::move(done)) {}

CURLcode exchange::prepare(CURL* easy) {
  easy_ = easy;
  if (!harden(easy, options_.allow_http ? "http,https" : "https",
              {options_.ca_file, options_.certificate_file, options_.key_file}))
    return CURLE_FAILED_INIT;
  return set_request() ? CURLE_OK : CURLE_FAILED_INIT;
}

bool exchange::set_request() {
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) { ok = curl_easy_setopt(easy_, option, value) == CURLE_OK && ok; };
  for (const auto& [name, value] : request_.headers) append(headers_, value.empty() ? name + ";" : name + ": " + value);
  append(headers_, "Expect:");  // otherwise a large body waits a second for a 100 that few servers send
  const auto has_type = [](const auto& header) { return lower(header.first) == "content-type"; };
  if (std::none_of(request_.headers.begin(), request_.headers.end(), has_type)) append(headers_, "Content-Type:");

  set(CURLOPT_ERRORBUFFER, message_);
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));  // HTTP/2 of 7.88 is young: see README.md
  set(CURLOPT_HTTPHEADER, headers_.get());
  if (!request_.body.empty() || request_.method == "POST") {
    set(CURLOPT_POSTFIELDS, request_.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  if (request_.method == "HEAD")
    set(CURLOPT_NOBODY, 1L);
  else
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, options_.connect_timeout.count())));
  set(CURLOPT_OPENSOCKETFUNCTION, &exchange::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &exchange::before_request);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &exchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &exchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  return ok;
}

// libcurl repeats a request by itself over another connection if a reused one ends before the first byte of the answer. The
// receiver may have acted by then, whatever TCP has acknowledged. Only a request of which the kernel has taken no byte
// certainly left nothing behind, and safe methods (RFC 9110, 9.2.1) may be repeated.
bool exchange::sent_already() const {
  long bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0 && request_.method != "GET" && request_.method != "HEAD";
}

int exchange::before_request(void* self, char*, char*, int, int) noexcept {
  return static_cast<exchange*>(self)->sent_already() ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_socket_t exchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& me = *static_cast<exchange*>(self);
  if (me.sent_already()) return CURL_SOCKET_BAD;  // saves the receiver a connection that would remain without a request
  // Checks exactly the address that is passed to connect().
  if (!me.options_.allow_private_addresses && !is_public_address(address->addr)) {
    me.refused_one_ = true;
    return CURL_SOCKET_BAD;
  }
  me.allowed_one_ = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& me = *static_cast<exchange*>(self);
  const std::string_view line{data, size * count};
  me.header_bytes_ += line.size();
  if (me.header_bytes_ > max_response_header_bytes) return 0;  // ends the transfer
  if (line.starts_with("HTTP/")) {
    me.response_.headers.clear();  // drops those of an interim 1xx response
    me.in_headers_ = true;
    return line.size();
  }
  if (trim(line).empty()) me.in_headers_ = false;
  if (const auto colon = line.find(':'); colon != std::string_view::npos)
    me.response_.headers.emplace_back(lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
  return line.size();
}

std::size_t exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& me = *static_cast<exchange*>(self);
  const std::size_t bytes = size * count;
  const std::size_t room = me.options_.max_response_bytes - me.response_.body.size();
  me.response_.body.append(data, std::min(bytes, room));
  me.cut_ = bytes > room;
  return me.cut_ ? 0 : bytes;  // 0 ends the transfer
}

std::string exchange::problem(CURLcode code) const {
  if (header_bytes_ > max_response_header_bytes)
    return "the headers are longer than " + std::to_string(max_response_header_bytes) + " bytes";
  if (cut_) return "the body is longer than " + std::to_string(options_.max_response_bytes) + " bytes";
  if (code != CURLE_OK) return message_[0] != '\0' ? message_ : curl_easy_strerror(code);
  return in_headers_ ? "the connection ended within the headers" : "";
}

failure exchange::why(CURLcode code) const {
  const bool repeating =
      code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
  if (repeating && sent_already())
    return {transfer_error::other, "the connection ended before an answer; the receiver may have acted on the request"};
  if (refused_one_ && !allowed_one_)
    return {transfer_error::forbidden_address, "the address is private or otherwise not public"};
  if (code == CURLE_OK) return {transfer_error::other, "the connection ended before a final status line"};
  curl_off_t until_sending = 0;
  curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &until_sending);
  return {classify(code, until_sending > 0), problem(code)};
}

/// True, with `problem` in the response, if a final status line has been received.
bool exchange::answered(std::string problem) {
  if (easy_ != nullptr) curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response_.status);
  response_.incomplete = std::move(problem);
  return response_.status >= 200;
}

void exchange::completed(CURL*, CURLcode code) {
  if (!answered(problem(code))) return done_(tl::unexpected(why(code)));
  done_(std::move(response_));
}

void exchange::refused(const char* why) {
  if (!answered(why)) return done_(tl::unexpected(failure{transfer_error::other, why}));
  done_(std::move(response_));
}

}  // namespace millrace::http
