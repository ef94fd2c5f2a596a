#pragma once

#include "connectors/http/client.hpp"

#include <optional>

namespace millrace::http {

/// Checks a request before DNS resolution: a complete URL of an allowed scheme, without credentials, of at most 8 KiB;
/// method and header names of token characters; header values without control characters; at most 64 KiB of headers.
/// Returns the reason for a refusal, or nothing.
std::optional<failure> check_request(const request& r, bool allow_http);

}  // namespace millrace::http
