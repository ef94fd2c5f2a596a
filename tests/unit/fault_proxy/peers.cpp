#include "tests/unit/fault_proxy/peers.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::test {
namespace {

constexpr int patience_ms = 10'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

void wait_readable(int socket) {
  pollfd p{socket, POLLIN, 0};
  if (::poll(&p, 1, patience_ms) == 0) throw std::runtime_error("nothing arrived");
}

/// Appends what is there; "" while the connection lives.
std::string read_some(int socket, std::string& to) {
  wait_readable(socket);
  char buffer[4096];
  auto n = ::recv(socket, buffer, sizeof buffer, 0);
  if (n == 0) return "end";
  if (n < 0) return "reset";
  to.append(buffer, static_cast<std::size_t>(n));
  return "";
}

int connect_to(std::uint16_t port) {
  int s = ::socket(AF_INET, SOCK_STREAM, 0);
  auto a = loopback(port);
  if (::connect(s, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0) return s;
  ::close(s);
  return -1;
}

}  // namespace

tcp_client::tcp_client(std::uint16_t port) : socket_(connect_to(port)) {
  if (socket_ < 0) throw std::runtime_error(std::string{"connect: "} + std::strerror(errno));
}
tcp_client::~tcp_client() { ::close(socket_); }

void tcp_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return;  // a reset shows when reading
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string tcp_client::receive(std::size_t count) {
  std::string all;
  while (all.size() < count) {
    wait_readable(socket_);
    char buffer[65536];
    auto n = ::recv(socket_, buffer, std::min(sizeof buffer, count - all.size()), 0);
    if (n < 0) reset_ = true;
    if (n <= 0) break;
    all.append(buffer, static_cast<std::size_t>(n));
  }
  return all;
}

std::string tcp_client::ending() {
  std::string more;
  if (reset_) return "reset";
  auto how = read_some(socket_, more);
  return how.empty() ? "more: " + more : how;
}

void tcp_client::finish() { ::shutdown(socket_, SHUT_WR); }

bool tcp_client::readable() const {
  pollfd p{socket_, POLLIN, 0};
  return ::poll(&p, 1, 0) > 0;
}

bool refused(std::uint16_t port) {
  int s = connect_to(port);
  if (s >= 0) ::close(s);
  return s < 0;
}

echo_server::echo_server(bool echo, std::string greeting) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  auto a = loopback(0);
  socklen_t size = sizeof a;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&a), size) != 0 || ::listen(listener_, 1) != 0)
    throw std::runtime_error("no listener");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &size);
  port_ = ntohs(a.sin_port);
  thread_ = std::thread{[this, echo, greeting = std::move(greeting)] { serve(echo, greeting); }};
}

echo_server::~echo_server() {
  ::shutdown(listener_, SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  ::close(listener_);
}

void echo_server::serve(bool echo, const std::string& greeting) {
  int client = ::accept(listener_, nullptr, nullptr);
  if (client < 0) return;
  ::send(client, greeting.data(), greeting.size(), MSG_NOSIGNAL);
  try {
    for (;;) {
      auto before = received_.size();
      ending_ = read_some(client, received_);
      if (!ending_.empty()) break;
      if (echo) ::send(client, received_.data() + before, received_.size() - before, MSG_NOSIGNAL);
    }
  } catch (const std::exception& e) {
    ending_ = e.what();
  }
  ::close(client);
}

const std::string& echo_server::received() {
  if (thread_.joinable()) thread_.join();
  return received_;
}

}  // namespace millrace::test
