#pragma once

#include "connectors/amqp/backoff.hpp"
#include "connectors/amqp/channel/channel_user.hpp"
#include "connectors/amqp/channel/confirm_tracker.hpp"
#include "connectors/amqp/connection.hpp"

#include <functional>

namespace millrace::amqp {

/// The publishing channel, in confirm mode. Opened with each connection, and again if the broker closes only the channel.
class publisher_channel : public channel_user, public std::enable_shared_from_this<publisher_channel> {
 public:
  publisher_channel(loop_handles& handles, const client_options& options, std::function<void()> wants_channel,
                    std::uint64_t seed);

  /// `ready` is called when it can publish.
  void open(connection& where, std::string user, std::function<void()> ready);
  /// Reports all open publishes as unknown.
  void abandon(const std::string& why);
  std::size_t capacity() const;
  bool publish(const outgoing& message, confirm_callback done);

  bool on_method(const method& m) override;
  bool on_return(std::uint16_t code, std::string_view text, const delivery& message) override;
  void on_end(const channel_end& end) override;

 private:
  bool settle(std::uint64_t number, bool multiple, confirm what);
  std::string impossible(const outgoing& message) const;
  void append(std::string& out, const outgoing& message) const;
  void refuse_later(confirm_callback done, std::string why);
  static void report(confirm_tracker::settlements ended);

  const client_options& options_;
  backoff backoff_;
  timer retry_;
  timer refusal_timer_;
  confirm_tracker confirms_;
  confirm_tracker::settlements refusals_;
  connection* connection_ = nullptr;
  std::string user_;
  std::function<void()> ready_;
  std::uint16_t channel_ = 0;
  bool confirming_ = false;
};

}  // namespace millrace::amqp
