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
  if (!harden(easy, options_.allow_http ? "http,https" : "https",
              {options_.ca_file, options_.certificate_file, options_.key_file}))
    return CURLE_FAILED_INIT;
  return set_request(easy) ? CURLE_OK : CURLE_FAILED_INIT;
}

bool exchange::set_request(CURL* easy) {
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) { ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok; };
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
  set(CURLOPT_HEADERFUNCTION, &exchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &exchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  return ok;
}

curl_socket_t exchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& me = *static_cast<exchange*>(self);
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
    return line.size();
  }
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

failure exchange::why(CURL* easy, CURLcode code) const {
  if (refused_one_ && !allowed_one_)
    return {transfer_error::forbidden_address, "the address is private or otherwise not public"};
  if (header_bytes_ > max_response_header_bytes) return {transfer_error::other, "the answer's headers are too long"};
  curl_off_t until_sending = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &until_sending);
  return {classify(code, until_sending > 0), message_[0] != '\0' ? message_ : curl_easy_strerror(code)};
}

void exchange::completed(CURL* easy, CURLcode code) {
  if (code != CURLE_OK && !cut_) return done_(tl::unexpected(why(easy, code)));
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response_.status);
  done_(std::move(response_));
}

void exchange::refused(const char* why) { done_(tl::unexpected(failure{transfer_error::other, why})); }

}  // namespace millrace::http
