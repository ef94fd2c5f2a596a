#include "connectors/smtp/breaking_client.hpp"

namespace millrace::smtp {
namespace {

constexpr auto relay = "relay";  // there is one
constexpr int service_not_available = 421;

bool is_of_relay(const tl::expected<receipt, failure>& answer) {
  if (answer || answer.error().permanent) return false;
  const int code = answer.error().reply_code;
  return code == 0 || code == service_not_available || code >= 500;
}

class breaking_client : public client {
 public:
  breaking_client(std::unique_ptr<client> inner, http::circuit_breakers& breakers)
      : inner_(std::move(inner)), breakers_(breakers) {}

  void send(message m, callback done) override {
    if (const auto wait = breakers_.held_back(relay))
      return done(tl::unexpected(
          failure{false, 0, "not sent: the last mails failed at the relay, and it is left alone for a while", *wait}));
    inner_->send(std::move(m), [&breakers = breakers_, done = std::move(done)](auto answer) {
      is_of_relay(answer) ? breakers.failed(relay) : breakers.succeeded(relay);
      done(std::move(answer));
    });
  }

 private:
  std::unique_ptr<client> inner_;
  http::circuit_breakers& breakers_;
};

}  // namespace

std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, http::circuit_breakers& breakers) {
  return std::make_unique<breaking_client>(std::move(inner), breakers);
}

}  // namespace millrace::smtp
