#include "connectors/http/request_check.hpp"

#include "connectors/http/curl_handle.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <string_view>

namespace millrace::http {
namespace {

constexpr std::size_t max_url_bytes = 8 * 1024;
constexpr std::size_t max_request_header_bytes = 64 * 1024;

bool is_token(std::string_view text) {
  constexpr std::string_view allowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::optional<failure> check_url(const std::string& text, bool allow_http) {
  const auto bad = [](std::string why) { return failure{transfer_error::bad_url, std::move(why)}; };
  if (text.size() > max_url_bytes) return bad("the URL is too long");
  // libcurl would stop reading at a NUL.
  if (!is_clean(text)) return bad("the URL contains control characters");
  const url_handle url{curl_url()};
  if (!url) throw std::bad_alloc{};
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER); code != CURLUE_OK)
    return bad(std::string{"not a usable URL: "} + curl_url_strerror(code));
  char* scheme = nullptr;
  if (curl_url_get(url.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) return bad("the URL has no scheme");
  const std::string name{scheme};
  curl_free(scheme);
  if (curl_strequal(name.c_str(), "https") != 0) return {};
  if (curl_strequal(name.c_str(), "http") != 0) {
    if (allow_http) return {};
    return bad("http is not allowed, only https");
  }
  return bad("the scheme is not https");
}

}  // namespace

std::optional<failure> check_request(const request& r, bool allow_http) {
  const auto bad = [](std::string why) { return failure{transfer_error::other, std::move(why)}; };
  if (!is_token(r.method)) return bad("the method is not a token");
  std::size_t bytes = 0;
  for (const auto& [name, value] : r.headers) {
    if (!is_token(name)) return bad("a header name is not a token");
    if (!is_clean(value)) return bad("header " + name + " contains control characters");
    bytes += name.size() + value.size() + 4;
  }
  if (bytes > max_request_header_bytes) return bad("the headers are too long");
  return check_url(r.url, allow_http);
}

}  // namespace millrace::http
