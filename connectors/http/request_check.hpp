#pragma once

#include "connectors/http/client.hpp"

#include <optional>

namespace millrace::http {

/// Whether a request may be sent at all, before anything is resolved: a complete URL of an allowed scheme without
/// credentials and of at most 8 KiB; a method and header names of token characters; header values without control
/// characters, 64 KiB of headers at most. Returns why not, or nothing.
std::optional<failure> check_request(const request& r, bool allow_http);

}  // namespace millrace::http
