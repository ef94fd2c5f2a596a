#pragma once

#include "monitoring/http_server/listen_socket.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace millrace::monitoring {

/// Accepts connections on its own thread.
class http_acceptor {
 public:
  /// Receives each connection's socket, whose ownership it takes, and its peer. Called on the acceptor's thread.
  using sink = std::function<void(int socket, const sockaddr* peer, socklen_t size)>;

  /// Listens. Throws std::runtime_error with the address if that is in use or invalid.
  explicit http_acceptor(const std::string& bind) : listening_(bind) {}
  ~http_acceptor() { stop(); }

  /// Starts accepting; earlier connections have waited in the backlog.
  void start(sink taken);
  /// After the return, no connection is accepted and the sink is not called.
  void stop();
  std::uint16_t port() const noexcept { return listening_.port(); }
  /// The listening socket.
  int fd() const noexcept { return listening_.fd(); }

 private:
  void accept_all(const sink& taken);

  listen_socket listening_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace millrace::monitoring
