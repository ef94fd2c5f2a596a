#include "runtime/program/api/auth/issuer_keys.hpp"

#include "runtime/program/api/auth/jwk_set.hpp"

#include <fstream>
#include <future>
#include <iterator>

namespace millrace::api {
namespace {

constexpr std::chrono::seconds timeout{5};

}  // namespace

issuer_keys::issuer_keys(supervision::event_loop& loop, const config::oidc_settings& settings)
    : loop_(loop), location_(settings.keys) {
  if (!location_.starts_with("https://")) return;
  auto post = [&loop](std::function<void()> job) { loop.post(std::move(job)); };
  // Identity providers often have private addresses. The URL comes from the configuration and is trusted.
  http::client_options options;
  options.connections = 1;
  options.max_response_bytes = key_set::max_document_bytes + 1;
  options.allow_private_addresses = true;
  options.ca_file = settings.ca_file;
  loop_.run_and_wait([&] { http_ = http::make_client(loop_.uv(), post, options); });
}

issuer_keys::~issuer_keys() {
  if (http_) loop_.run_and_wait([&] { http_.reset(); });
}

tl::expected<std::string, std::string> issuer_keys::read() {
  if (http_) return fetch();
  std::ifstream file{location_, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (!file) return tl::unexpected("cannot read " + location_);
  return text;
}

tl::expected<std::string, std::string> issuer_keys::fetch() {
  using result = tl::expected<http::response, http::failure>;
  auto promise = std::make_shared<std::promise<result>>();
  auto future = promise->get_future();
  http_->send({.method = "GET", .url = location_, .headers = {}, .body = {}, .timeout = timeout},
              [promise](result r) { promise->set_value(std::move(r)); });
  auto response = future.get();
  if (!response) return tl::unexpected(response.error().message);
  if (response->status != 200) return tl::unexpected(location_ + " returned status " + std::to_string(response->status));
  if (!response->incomplete.empty()) return tl::unexpected(location_ + ": response incomplete: " + response->incomplete);
  return std::move(response->body);
}

}  // namespace millrace::api
