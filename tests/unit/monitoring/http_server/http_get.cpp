#include "tests/unit/monitoring/http_server/http_get.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

std::string raw_http(std::uint16_t port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return "no socket";
  const timeval limit{30, 0};  // a hanging server fails the test instead of blocking it
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool sent = connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
                    send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
  std::string out;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; sent && (got = recv(fd, part.data(), part.size(), 0)) > 0;)
    out.append(part.data(), static_cast<std::size_t>(got));
  close(fd);
  return out;
}
