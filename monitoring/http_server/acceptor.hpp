#pragma once

#include "monitoring/http_server/listen_socket.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace millrace::monitoring {

/// Accepts connections on a thread of its own.
class http_acceptor {
 public:
  /// Given each connection's socket, which is its own from then on, and its peer. Called on the acceptor's thread.
  using sink = std::function<void(int socket, const sockaddr* peer, socklen_t size)>;

  /// Listens; throws std::runtime_error that names the address if it is taken or none.
  explicit http_acceptor(const std::string& bind) : listening_(bind) {}
  ~http_acceptor() { stop(); }

  /// Accepts from now on; those who came before that have waited.
  void start(sink taken);
  /// After it, no connection is accepted and the sink is not called.
  void stop();
  std::uint16_t port() const noexcept { return listening_.port(); }

 private:
  void accept_all(const sink& taken);

  listen_socket listening_;
  std::thread thread_;
};

}  // namespace millrace::monitoring
