#include "tests/unit/monitoring/http_server/slow_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

slow_client::slow_client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{30, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
}

slow_client::~slow_client() {
  if (fd_ >= 0) close(fd_);
}

bool slow_client::say(const std::string& text) const {
  return send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

bool slow_client::starts() const {
  char first = 0;
  return recv(fd_, &first, 1, MSG_PEEK) == 1;
}

std::string slow_client::rest() const {
  std::string out;
  std::array<char, 65536> part{};
  for (;;) {
    const auto got = recv(fd_, part.data(), part.size(), 0);
    if (got < 0 && errno == EAGAIN) return out + "hangs";
    if (got <= 0) return out;
    out.append(part.data(), static_cast<std::size_t>(got));
  }
}

bool slow_client::trickle(char what) const {
  for (int sent = 0; sent < 16'000; ++sent) {  // below all limits except the time limit
    if (!say({what})) return true;
    pollfd readable{fd_, POLLIN, 0};
    if (poll(&readable, 1, 2) == 1) return rest().empty();
  }
  return false;
}
