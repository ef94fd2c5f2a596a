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
  /// One method of channel 0; what is to be answered is appended. The error is for people and ends the connection.
  tl::expected<void, std::string> step(const method& m, std::string& out);
  bool done() const noexcept { return state_ == state::open; }
  /// Valid when done: what both sides agreed on.
  const connection_tune& agreed() const noexcept { return agreed_; }

  /// Words for a connection that ended before it was done: what the broker said, or `lost` if it said nothing.
  std::string explain_close(const connection_close& m) const;
  std::string explain_loss(const std::string& lost) const;
  /// What is being waited for, for a time-out's text.
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
