#pragma once

#include "connectors/http/client.hpp"
#include "connectors/resilience/circuit_breakers.hpp"

namespace millrace::http {

/// A client with a circuit breaker per destination (scheme, host and port). While it is open, requests are not sent and fail
/// immediately with `circuit_open` on the caller's thread. Failures of a destination: unreachable, no answer in time, or
/// status 502, 503 or 504. Any other answer closes the breaker. `breakers` must outlive every request.
std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, resilience::circuit_breakers& breakers);

}  // namespace millrace::http
