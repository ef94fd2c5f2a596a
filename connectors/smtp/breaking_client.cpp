#include "connectors/smtp/breaking_client.hpp"

#include "connectors/resilience/with_breaker.hpp"

namespace millrace::smtp {
namespace {

struct policy {
  using client = smtp::client;
  using request = message;
  using callback = smtp::callback;
  using answer = tl::expected<receipt, failure>;

  /// All messages go to one relay.
  static std::optional<std::string> destination(const message&) { return "relay"; }
  static bool is_failure(const answer& a) {
    constexpr int service_not_available = 421;
    if (a || a.error().permanent) return false;
    const int code = a.error().reply_code;
    return code == 0 || code == service_not_available || code >= 500;
  }
  static answer refusal(std::chrono::milliseconds wait) {
    return tl::unexpected(
        failure{false, 0, "not sent: the circuit breaker of the relay is open after failed submissions", wait});
  }
};

}  // namespace

std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, resilience::circuit_breakers& breakers) {
  return std::make_unique<resilience::with_breaker<policy>>(std::move(inner), breakers);
}

}  // namespace millrace::smtp
