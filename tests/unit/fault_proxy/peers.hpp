#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace millrace::test {

/// A blocking TCP connection to loopback. Every wait ends after ten seconds, by an exception.
class tcp_client {
 public:
  explicit tcp_client(std::uint16_t port);
  ~tcp_client();
  tcp_client(const tcp_client&) = delete;
  tcp_client& operator=(const tcp_client&) = delete;

  void send(std::string_view bytes);
  /// Exactly so many bytes; fewer if the other side ended or reset the connection before.
  std::string receive(std::size_t count);
  /// How the connection ends, if nothing more arrives before: "end" or "reset".
  std::string ending();
  void finish();
  /// Whether there is something to read now.
  bool readable() const;

 private:
  int socket_;
  bool reset_ = false;
};

/// Whether a connection to the port is refused.
bool refused(std::uint16_t port);

/// A server on loopback for one connection: sends back what it gets, or answers by itself. It records what it got.
class echo_server {
 public:
  /// Without `echo` it only records; `greeting` is sent first.
  explicit echo_server(bool echo = true, std::string greeting = {});
  ~echo_server();
  std::uint16_t port() const { return port_; }
  /// Waits until the client's side has ended; everything that was received.
  const std::string& received();
  /// How the client's side ended: "end" or "reset". After received().
  const std::string& ending() const { return ending_; }

 private:
  void serve(bool echo, const std::string& greeting);
  int listener_;
  std::uint16_t port_ = 0;
  std::string received_, ending_;
  std::thread thread_;
};

}  // namespace millrace::test
