#pragma once

#include "connectors/amqp/net/timer.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace millrace::amqp {

/// Events of a tcp_socket. None of these may destroy the socket.
class tcp_events {
 public:
  virtual ~tcp_events() = default;
  virtual void on_connected() = 0;
  /// Buffer for the next read; never empty.
  virtual std::span<char> on_read_space() = 0;
  virtual void on_read(std::size_t count) = 0;
  /// Connecting failed or the connection was lost; no event follows. `why` is a message.
  virtual void on_lost(const std::string& why) = 0;
};

/// One TCP connection: resolves the name, tries its addresses one after another, reads and writes. Each address gets a
/// share of the time, so that one that drops packets does not use up all of it.
class tcp_socket {
 public:
  tcp_socket(loop_handles& handles, tcp_events& events);
  ~tcp_socket();
  tcp_socket(const tcp_socket&) = delete;
  tcp_socket& operator=(const tcp_socket&) = delete;

  void connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);
  void read_start();
  void read_stop();
  bool write(std::string bytes);
  /// Bytes accepted by write() but not yet by the kernel.
  std::size_t unsent() const;
  /// Writes the remaining bytes, then closes the connection. on_lost is not called.
  void finish();
  /// Closes immediately. No event follows.
  void close();
  /// The current step of connect(), for the message of a timeout.
  const char* busy_with() const noexcept { return lookup_ ? "the DNS lookup" : "the TCP connection"; }

 private:
  struct lookup;
  using handle = owned_handle<uv_tcp_t, tcp_socket>;

  void looked_up(int status, addrinfo* found);
  void try_next(const std::string& why_not);
  void lose(const std::string& why);
  void connected(int status);

  loop_handles& handles_;
  tcp_events& events_;
  timer address_timer_;
  std::chrono::milliseconds timeout_{0};
  std::string name_;
  lookup* lookup_ = nullptr;
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> found_{nullptr, uv_freeaddrinfo};
  addrinfo* next_ = nullptr;
  handle handle_;
};

}  // namespace millrace::amqp
