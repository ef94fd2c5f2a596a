#pragma once

#include <cstdint>
#include <string>

/// Sends `request` to 127.0.0.1 and returns all that comes until the peer closes; for any thread, so it
/// checks nothing itself: a request that could not be sent has no reply.
std::string raw_http(std::uint16_t port, const std::string& request);
