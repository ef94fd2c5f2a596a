#include "connectors/http/breaking_client.hpp"

#include "connectors/http/curl_handle.hpp"
#include "connectors/resilience/with_breaker.hpp"

#include <optional>

namespace millrace::http {
namespace {

using answer = tl::expected<response, failure>;

/// Scheme, host and port of a URL, in lower case; nothing if it is not a URL.
std::optional<std::string> destination_of(const std::string& text) {
  const url_handle url{curl_url()};
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
  std::string destination;
  for (const auto part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
    char* value = nullptr;
    if (curl_url_get(url.get(), part, &value, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
    destination.append(value).append(" ");
    curl_free(value);
  }
  for (auto& c : destination)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return destination;
}

struct policy {
  using client = http::client;
  using request = http::request;
  using callback = http::callback;

  /// A malformed URL has no destination: the inner client reports it.
  static std::optional<std::string> destination(const request& r) { return destination_of(r.url); }
  static bool is_failure(const answer& a) {
    if (a) return a->status >= 502 && a->status <= 504;
    return a.error().error != transfer_error::bad_url && a.error().error != transfer_error::forbidden_address;
  }
  static answer refusal(std::chrono::milliseconds wait) {
    return tl::unexpected(failure{transfer_error::circuit_open,
                                  "not sent: the circuit breaker of this host is open after failed requests", wait});
  }
};

}  // namespace

std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, resilience::circuit_breakers& breakers) {
  return std::make_unique<resilience::with_breaker<policy>>(std::move(inner), breakers);
}

}  // namespace millrace::http
