#include "monitoring/http_server/listen_socket.hpp"

#include "monitoring/http_server/listen_address.hpp"

#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace millrace::monitoring {
namespace {

[[noreturn]] void cannot_listen(const std::string& bind, const std::string& why) {
  throw std::runtime_error("cannot listen on '" + bind + "': " + why);
}

std::string last_error() { return std::generic_category().message(errno); }

std::uint16_t port_of(int fd) {
  sockaddr_in6 at{};  // the larger of both families; the port has the same offset in both
  socklen_t size = sizeof at;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0 ? ntohs(at.sin6_port) : std::uint16_t{0};
}

}  // namespace

listen_socket::listen_socket(const std::string& bind) {
  auto [host, port] = parse_listen_address(bind);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list); code != 0)
    cannot_listen(bind, gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found{list, &freeaddrinfo};

  fd_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) cannot_listen(bind, last_error());
  const int on = 1;  // otherwise old connections block the address for a minute after a restart
  const bool listens = setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                       ::bind(fd_, found->ai_addr, found->ai_addrlen) == 0 && listen(fd_, SOMAXCONN) == 0;
  if (!listens) {
    const auto reason = last_error();
    close(fd_);
    cannot_listen(bind, reason);
  }
  port_ = port_of(fd_);
}

listen_socket::~listen_socket() { close(fd_); }

}  // namespace millrace::monitoring
