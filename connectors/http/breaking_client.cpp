#include "connectors/http/breaking_client.hpp"

#include "connectors/http/curl_handle.hpp"

#include <optional>

namespace millrace::http {
namespace {

/// Scheme, host and port of a URL, in lower case; nothing for what is none.
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

bool is_of_destination(const tl::expected<response, failure>& answer) {
  if (answer) return answer->status >= 502 && answer->status <= 504;
  return answer.error().error != transfer_error::bad_url && answer.error().error != transfer_error::forbidden_address;
}

class breaking_client : public client {
 public:
  breaking_client(std::unique_ptr<client> inner, circuit_breakers& breakers)
      : inner_(std::move(inner)), breakers_(breakers) {}

  void send(request r, callback done) override {
    auto destination = destination_of(r.url);
    if (!destination) return inner_->send(std::move(r), std::move(done));  // which says what is wrong with it
    if (const auto wait = breakers_.held_back(*destination))
      return done(
          tl::unexpected(failure{transfer_error::circuit_open,
                                 "not sent: the last calls of this host failed, and it is left alone for a while", *wait}));
    inner_->send(std::move(r), [&breakers = breakers_, to = *std::move(destination), done = std::move(done)](auto answer) {
      is_of_destination(answer) ? breakers.failed(to) : breakers.succeeded(to);
      done(std::move(answer));
    });
  }

 private:
  std::unique_ptr<client> inner_;
  circuit_breakers& breakers_;
};

}  // namespace

std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, circuit_breakers& breakers) {
  return std::make_unique<breaking_client>(std::move(inner), breakers);
}

}  // namespace millrace::http
