#pragma once

#include "connectors/http/client.hpp"
#include "connectors/resilience/circuit_breakers.hpp"

namespace millrace::http {

/// A client that leaves destinations (scheme, host and port) alone while their breaker is open: such a request is not sent
/// and fails at once with `circuit_open` on the caller's thread. Failures of a destination are that it cannot be reached,
/// gives no answer in time, or answers 502, 503 or 504; everything else shows that it is there. `breakers` must outlive
/// every request.
std::unique_ptr<client> make_breaking_client(std::unique_ptr<client> inner, circuit_breakers& breakers);

}  // namespace millrace::http
