#pragma once

#include "tests/chaos/proxy/faults.hpp"

#include <memory>
#include <string>

namespace millrace::test {

/// A TCP proxy that injects faults. It listens on a free port of loopback and forwards to a server on loopback. It has its
/// own thread. Every function may be called from any thread and has taken effect when it returns. Settings apply to open and
/// future connections. Faults at points of a protocol require connections without TLS.
class fault_proxy {
 public:
  enum class protocol { plain, amqp, postgres };

  /// Prints port and seed to stderr. Throws std::runtime_error if it cannot listen.
  explicit fault_proxy(std::uint16_t server_port, protocol spoken = protocol::plain, std::uint64_t seed = random_seed());
  /// Resets all open connections.
  ~fault_proxy();
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  std::uint16_t port() const noexcept;
  /// `url` with the port of this proxy.
  std::string in_front_of(const std::string& url) const;

  void set(direction d, const lane_faults& faults);
  /// Sets the faults of both directions.
  void set(const lane_faults& faults);
  /// Refuses new connections, like a host without a listener. Open connections are not affected.
  void refuse(bool on);
  /// Resets every open connection, on both sides.
  void reset_all();
  /// Ends one direction of every open connection, as shutdown(2) does.
  void half_close_all(direction d);

  // Faults at points of AMQP: at the nth occurrence from now on, over all connections; with `every`, at each nth.
  void cut_after_client_ack(unsigned nth, bool every = false);   ///< the server gets the ack, then the client is reset
  void cut_before_client_ack(unsigned nth, bool every = false);  ///< the server never gets it
  void hold_confirms(bool on);                                   ///< holds the server's basic.ack until it is off

  // Faults at points of PostgreSQL's protocol, counted in the same way.
  void lose_commit_reply(unsigned nth, bool every = false);  ///< the server commits, the client is reset before the reply

  /// Ends every fault. Open connections continue and receive their held bytes.
  void heal();

  struct numbers {
    unsigned accepted = 0, open = 0;             ///< connections
    std::uint64_t to_server = 0, to_client = 0;  ///< bytes forwarded
    unsigned cuts = 0;                           ///< connections cut by faults at points of a protocol
  };
  numbers seen() const;

 private:
  static std::uint64_t random_seed();
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::test
