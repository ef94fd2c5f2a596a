#pragma once

#include <cstdint>
#include <string>

/// Sends `request` to 127.0.0.1 and returns all that comes until the peer closes.
std::string raw_http(std::uint16_t port, const std::string& request);
