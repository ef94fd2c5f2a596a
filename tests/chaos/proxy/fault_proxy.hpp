#pragma once

#include "tests/chaos/proxy/faults.hpp"

#include <memory>
#include <string>

namespace millrace::test {

/// A TCP proxy that does harm on request: it listens on a free port of loopback and forwards to a server on loopback. It has
/// a thread of its own; every function may be called from any thread and has taken effect when it returns. What is set holds
/// for the open connections and for those to come. Not for TLS where a protocol is to be understood.
class fault_proxy {
 public:
  enum class protocol { plain, amqp, postgres };

  /// Prints port and seed to stderr. Throws std::runtime_error if it cannot listen.
  explicit fault_proxy(std::uint16_t server_port, protocol spoken = protocol::plain, std::uint64_t seed = random_seed());
  /// Resets what is open.
  ~fault_proxy();
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  std::uint16_t port() const noexcept;
  /// `url` with this proxy in place of its host's port.
  std::string in_front_of(const std::string& url) const;

  void set(direction d, const lane_faults& faults);
  /// The same in both directions.
  void set(const lane_faults& faults);
  /// New connections are refused, as by a host without a listener; open ones are left alone.
  void refuse(bool on);
  /// Resets every open connection, on both sides.
  void reset_all();
  /// Ends one direction of every open connection, as shutdown(2) does.
  void half_close_all(direction d);

  // Points of AMQP. The nth from now on, over all connections; with `every`, each nth.
  void cut_after_client_ack(unsigned nth, bool every = false);   ///< the server gets the ack, the client is reset
  void cut_before_client_ack(unsigned nth, bool every = false);  ///< the server never gets it
  void hold_confirms(bool on);                                   ///< keeps the server's basic.ack back until it is off

  // Points of PostgreSQL's protocol, counted likewise.
  void lose_commit_reply(unsigned nth, bool every = false);  ///< the COMMIT happens, the client is reset before it knows

  /// Ends every fault. Open connections live on, with what was held back for them.
  void heal();

  struct numbers {
    unsigned accepted = 0, open = 0;             ///< connections
    std::uint64_t to_server = 0, to_client = 0;  ///< bytes forwarded
    unsigned cuts = 0;                           ///< by points of a protocol
  };
  numbers seen() const;

 private:
  static std::uint64_t random_seed();
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::test
