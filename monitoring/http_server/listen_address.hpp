#pragma once

#include <cstdint>
#include <string>

namespace millrace::monitoring {

struct listen_address {
  std::string host;
  std::uint16_t port = 0;
};

/// host:port, IPv6 in brackets, and nothing else: no lists, names of services or ports alone. Throws std::runtime_error.
listen_address parse_listen_address(const std::string& bind);

}  // namespace millrace::monitoring
