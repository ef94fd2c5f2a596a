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
  /// Receives exactly that many bytes, or fewer if the other side ends or resets the connection before.
  std::string receive(std::size_t count);
  /// Waits for the end of the connection if no more bytes arrive: "end" or "reset".
  std::string ending();
  void finish();
  /// Whether there are bytes to read now.
  bool readable() const;

 private:
  int socket_;
  bool reset_ = false;
};

/// Whether a connection to the port is refused.
bool refused(std::uint16_t port);

/// A server on loopback for one connection. It records the received bytes, and may echo them and send a greeting.
class echo_server {
 public:
  /// Without `echo`, it only records. `greeting` is sent first.
  explicit echo_server(bool echo = true, std::string greeting = {});
  ~echo_server();
  std::uint16_t port() const { return port_; }
  /// Waits until the client's side has ended, and returns all received bytes.
  const std::string& received();
  /// How the client's side ended: "end" or "reset". Call it after received().
  const std::string& ending() const { return ending_; }

 private:
  void serve(bool echo, const std::string& greeting);
  int listener_;
  std::uint16_t port_ = 0;
  std::string received_, ending_;
  std::thread thread_;
};

}  // namespace millrace::test
