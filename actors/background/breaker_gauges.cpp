#include "actors/background/breaker_gauges.hpp"

#include <chrono>

namespace millrace {

caf::behavior breaker_gauges(caf::event_based_actor* self, const node_ptr& shared) {
  constexpr std::chrono::milliseconds interval{1'000};
  send_after(self, interval, tick{0});
  return {[=](const tick&) {
    const auto tell = [&shared](const char* dependency, resilience::circuit_breakers& breakers) {
      const auto now = breakers.count();
      shared->metrics.circuit_breakers(dependency, now.open, now.half_open);
    };
    tell("webhook", *shared->webhook_breakers);
    tell("email", *shared->email_breakers);
    send_after(self, interval, tick{0});
  }};
}

}  // namespace millrace
