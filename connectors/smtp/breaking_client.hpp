#pragma once

#include "connectors/resilience/circuit_breakers.hpp"
#include "connectors/smtp/client.hpp"

namespace millrace::smtp {

/// A client that leaves the relay alone while its breaker is open: a message then fails at once, temporarily, on the
/// caller's thread. Failures of the relay are that it cannot be reached, gives no answer in time, refuses us (421, or a 5xx
/// that is about us); what it says about a message shows that it is there. `breakers` must outlive every message.
std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, http::circuit_breakers& breakers);

}  // namespace millrace::smtp
