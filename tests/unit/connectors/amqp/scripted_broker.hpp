#pragma once

#include "connectors/amqp/options.hpp"
#include "connectors/amqp/wire/frame.hpp"
#include "tests/support/certificates.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

struct ssl_st;

namespace millrace::amqp::test {

/// The broker's end of one connection, blocking. Every function throws `hung_up` when the client is gone.
class broker_side {
 public:
  struct hung_up {};
  struct got {
    frame_kind kind{};
    std::uint16_t channel = 0;
    std::uint32_t method = 0;  ///< 0 if no method
    std::string payload;       ///< after the method's number
  };

  broker_side(int socket, ssl_st* tls) : socket_(socket), tls_(tls) {}

  std::string read(std::size_t count);
  got read_frame();
  /// Reads frames, including heartbeats, until this method arrives.
  got wait_for(std::uint32_t method);
  void write(std::string_view bytes);
  void method(std::uint16_t channel, std::uint32_t number, const std::function<void(byte_writer&)>& fill = {});
  /// Performs the handshake, from the protocol header to connection.open-ok.
  void shake_hands(std::uint32_t frame_max = 131'072, std::uint16_t heartbeat = 0);
  /// Answers channel.open and confirm.select of the publisher; returns its channel.
  std::uint16_t accept_publisher();
  /// Answers channel.open, basic.qos, basic.consume of a consumer; returns its channel.
  std::uint16_t accept_consumer();
  void deliver(std::uint16_t channel, std::uint64_t tag, std::string_view body);
  /// Blocks until the client has disconnected.
  void wait_for_end();

 private:
  int socket_;
  ssl_st* tls_;
};

/// A listener on a free local port that runs a script for each connection, one after the other, on a thread of its own.
class scripted_broker {
 public:
  struct tls {
    certificates::pair own;
    std::string client_ca;  ///< if set, a client certificate of this CA is required
  };

  explicit scripted_broker(std::function<void(broker_side&)> script, std::optional<tls> secured = {});
  ~scripted_broker();
  scripted_broker(const scripted_broker&) = delete;
  scripted_broker& operator=(const scripted_broker&) = delete;

  /// For a client that reconnects fast.
  client_options options() const;
  int connections() const { return connections_; }

 private:
  void serve(const std::function<void(broker_side&)>& script, const std::optional<tls>& secured);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  bool tls_ = false;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace millrace::amqp::test
