#pragma once

#include "connectors/amqp/options.hpp"
#include "connectors/amqp/wire/method.hpp"

#include <optional>
#include <string>

namespace millrace::amqp {

/// From the protocol header to connection.open-ok, without I/O: methods in, bytes out.
class handshake {
 public:
  /// Both must outlive it.
  handshake(const client_options& options, const endpoint& where) : options_(options), where_(where) {}

  void begin(std::string& out);
  /// Handles one method of channel 0 and appends the answer. The error is a message and ends the connection.
  tl::expected<void, std::string> step(const method& m, std::string& out);
  bool done() const noexcept { return state_ == state::open; }
  /// The negotiated parameters; valid when done.
  const connection_tune& agreed() const noexcept { return agreed_; }

  /// Message for a connection that ended during the handshake: the broker's reason, or `lost` if it gave none.
  std::string explain_close(const connection_close& m) const;
  std::string explain_loss(const std::string& lost) const;
  /// The current step, for the message of a timeout.
  const char* waiting_for() const noexcept;

 private:
  enum class state { start, tune, open_ok, open };

  tl::expected<void, std::string> log_in(const connection_start& m, std::string& out);
  tl::expected<void, std::string> tune(const connection_tune& m, std::string& out);

  const client_options& options_;
  const endpoint& where_;
  state state_ = state::start;
  connection_tune agreed_;
};

}  // namespace millrace::amqp
