#pragma once

#include <cstdint>
#include <string>

namespace millrace::monitoring {

/// A listening TCP socket.
class listen_socket {
 public:
  /// `bind` is host:port, IPv6 in brackets; port 0 selects a free one. Throws std::runtime_error with the address and the
  /// reason.
  explicit listen_socket(const std::string& bind);
  ~listen_socket();
  listen_socket(const listen_socket&) = delete;
  listen_socket& operator=(const listen_socket&) = delete;

  int fd() const noexcept { return fd_; }
  std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace millrace::monitoring
