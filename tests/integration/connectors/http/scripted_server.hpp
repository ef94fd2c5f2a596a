#pragma once

#include "tests/integration/connectors/http/test_certificate.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

// A server on 127.0.0.1 that runs a test's script for each connection, on a thread of its own.
namespace millrace::test {

/// One accepted connection. Reads throw `closed` once the client has disconnected or the server is stopping.
class connection {
 public:
  struct closed {};

  explicit connection(int socket) : socket_(socket) {}
  ~connection() {
    if (tls_ != nullptr) SSL_free(tls_);
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Performs the TLS handshake as a server. Throws `closed` if it fails.
  void start_tls(const test_certificate& certificate) {
    tls_ = SSL_new(certificate.context());
    SSL_set_fd(tls_, socket_);
    if (SSL_accept(tls_) != 1) throw closed{};
  }
  /// Reads everything up to and including `end`.
  std::string read_until(std::string_view end) {
    for (;;) {
      if (const auto at = buffer_.find(end); at != std::string::npos) return take(at + end.size());
      fill();
    }
  }
  std::string read_exactly(std::size_t bytes) {
    while (buffer_.size() < bytes) fill();
    return take(bytes);
  }
  /// Reads the head of a request and, according to Content-Length, its body.
  std::string read_request() {
    std::string head = read_until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? head : head + read_exactly(std::stoul(head.substr(at + 16)));
  }
  void write(std::string_view text) {
    while (!text.empty()) {
      const auto sent = tls_ != nullptr ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                                        : send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw closed{};
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Sends FIN. On loopback the client's kernel has it when this returns.
  void finish() { shutdown(socket_, SHUT_RDWR); }
  /// The connection will end with RST instead of FIN.
  void end_with_reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  /// Throws `closed` when the client has disconnected or the test ends.
  [[noreturn]] void wait_closed() {
    for (;;) fill();
  }

 private:
  std::string take(std::size_t bytes) {
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return taken;
  }
  void fill() {
    char bytes[4096];
    const auto got = tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes) : recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) throw closed{};
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }

  int socket_;
  SSL* tls_ = nullptr;
  std::string buffer_;
};

class scripted_server {
 public:
  using script = std::function<void(connection&)>;

  explicit scripted_server(script s) : script_(std::move(s)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    std::signal(SIGPIPE, SIG_IGN);  // for this server's own SSL_write
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, length) != 0 || listen(listener_, 128) != 0 ||
        getsockname(listener_, generic, &length) != 0)
      throw std::runtime_error("cannot listen on 127.0.0.1");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
  }
  ~scripted_server() {
    shutdown(listener_, SHUT_RDWR);  // wakes accept()
    acceptor_.join();
    {
      const std::lock_guard lock{mutex_};
      for (const int s : open_) shutdown(s, SHUT_RDWR);
    }
    for (auto& t : threads_) t.join();
    close(listener_);
  }
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Connections accepted so far.
  int connections() const { return accepted_; }

 private:
  void accept_all() {
    for (;;) {
      const int s = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (s < 0) return;
      ++accepted_;
      const std::lock_guard lock{mutex_};
      open_.push_back(s);
      threads_.emplace_back([this, s] { serve(s); });
    }
  }
  void serve(int s) {
    try {
      connection c{s};
      script_(c);
    } catch (const connection::closed&) {  // the normal end of a script
    }
    const std::lock_guard lock{mutex_};
    std::erase(open_, s);
    close(s);
  }

  script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  std::vector<int> open_;  // guarded by mutex_
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace millrace::test
