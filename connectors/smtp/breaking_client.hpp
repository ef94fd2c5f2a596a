#pragma once

#include "connectors/resilience/circuit_breakers.hpp"
#include "connectors/smtp/client.hpp"

namespace millrace::smtp {

/// A client with a circuit breaker for the relay. While it is open, messages are not sent and fail immediately and
/// temporarily on the caller's thread. Failures of the relay: unreachable, no answer in time, or a refusal of the client
/// (421, or a temporary failure with a 5xx reply). Any other reply closes the breaker. `breakers` must outlive every
/// message.
std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, resilience::circuit_breakers& breakers);

}  // namespace millrace::smtp
