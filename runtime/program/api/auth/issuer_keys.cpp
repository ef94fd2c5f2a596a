#include "runtime/program/api/auth/issuer_keys.hpp"

#include "runtime/program/api/auth/jwk_set.hpp"

#include <fstream>
#include <future>
#include <iterator>

namespace millrace::api {
namespace {

constexpr std::chrono::seconds patience{5};

}  // namespace

issuer_keys::issuer_keys(event_loop& loop, const config::oidc_settings& settings) : loop_(loop), place_(settings.keys) {
  if (!place_.starts_with("https://")) return;
  auto post = [&loop](std::function<void()> job) { loop.post(std::move(job)); };
  // An identity provider is often inside the network; who set its URL, trusts it.
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
  std::ifstream file{place_, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (!file) return tl::unexpected("cannot read " + place_);
  return text;
}

tl::expected<std::string, std::string> issuer_keys::fetch() {
  using result = tl::expected<http::response, http::failure>;
  auto answer = std::make_shared<std::promise<result>>();
  auto waiting = answer->get_future();
  http_->send({.method = "GET", .url = place_, .headers = {}, .body = {}, .timeout = patience},
              [answer](result r) { answer->set_value(std::move(r)); });
  auto got = waiting.get();
  if (!got) return tl::unexpected(got.error().message);
  if (got->status != 200) return tl::unexpected(place_ + " answered with status " + std::to_string(got->status));
  return std::move(got->body);
}

}  // namespace millrace::api
