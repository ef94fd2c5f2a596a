#pragma once

#include <cstdint>
#include <string>

namespace millrace::monitoring {

struct listen_address {
  std::string host;
  std::uint16_t port = 0;
};

/// Parses host:port with IPv6 in brackets; lists, service names and bare ports are errors. Throws std::runtime_error.
listen_address parse_listen_address(const std::string& bind);

}  // namespace millrace::monitoring
