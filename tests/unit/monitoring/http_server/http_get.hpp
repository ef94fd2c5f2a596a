#pragma once

#include <cstdint>
#include <string>

/// Sends `request` to 127.0.0.1 and returns all bytes received until the peer closes; empty if it could not be sent.
/// Callable on any thread, as it makes no test assertions.
std::string raw_http(std::uint16_t port, const std::string& request);
