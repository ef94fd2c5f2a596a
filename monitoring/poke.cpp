#include "monitoring/poke.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::monitoring {

namespace {

template <class Address>
void touch(int family, const Address& to) noexcept {
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  static_cast<void>(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to));
  close(fd);
}

}  // namespace

void poke(const std::string& host, std::uint16_t port) noexcept {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return touch(AF_INET, v4);
  if (!host.starts_with('[') || !host.ends_with(']')) return;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6.sin6_addr) == 1) touch(AF_INET6, v6);
}

}  // namespace millrace::monitoring
