#pragma once

#include <cstdint>
#include <string>

namespace millrace::monitoring {

struct listen_address {
  std::string host;
  std::uint16_t port = 0;
};

/// host:port, nothing else: civetweb's own syntax has more in it (TLS, redirects, lists). Throws std::runtime_error.
listen_address parse_listen_address(const std::string& bind);

}  // namespace millrace::monitoring
