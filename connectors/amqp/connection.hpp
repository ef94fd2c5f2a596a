#pragma once

#include "connectors/amqp/channel/channel_table.hpp"
#include "connectors/amqp/net/timer.hpp"
#include "connectors/amqp/net/transport.hpp"
#include "connectors/amqp/wire/handshake.hpp"
#include "connectors/amqp/wire/heartbeat.hpp"

#include <functional>

namespace millrace::amqp {

struct connection_events {
  std::function<void()> opened;
  /// At most once, after all channels' on_end. Must not destroy the connection.
  std::function<void(const std::string& why)> ended;
  std::function<void(bool blocked, const std::string& why)> blocked;
};

/// One connection from DNS lookup to close; never reused. Splits the received bytes into frames and passes each to its
/// channel's user. Loop's thread only.
class connection : private transport_events {
 public:
  connection(loop_handles& handles, const client_options& options, const endpoint& where,
             std::shared_ptr<byte_counter> counter, connection_events events);

  void open();
  /// Sends connection.close and waits for the answer, then calls `ended`.
  void close();
  /// Ends immediately, with reason `why`.
  void abort(const std::string& why);
  bool is_open() const noexcept { return handshake_.done() && !ended_ && !closing_; }
  /// Between connection.blocked and connection.unblocked: the broker does not read what is published.
  bool blocked() const noexcept { return blocked_; }

  /// A new channel, its channel.open already sent; 0 if the broker allows no more.
  std::uint16_t open_channel(std::shared_ptr<channel_user> user);
  /// Sends channel.close; its user gets no further callback.
  void close_channel(std::uint16_t channel, std::string_view why);
  /// Append frames here; they are sent before the loop waits next.
  std::string& out() { return transport_.out(); }
  std::size_t frame_max() const noexcept { return handshake_.agreed().frame_max; }
  std::size_t unsent() const { return transport_.unsent(); }
  /// Calls `user`'s on_read_end once, when the current read has been processed.
  void at_read_end(std::shared_ptr<channel_user> user) { waiting_.push_back(std::move(user)); }
  /// Memory that counted against the byte budget may have been released.
  void check_budget();

 private:
  using fault = tl::expected<void, protocol_error>;

  void on_ready() override;
  std::size_t on_bytes() override;
  void on_read_end() override;
  void on_sent() override;
  void on_lost(const std::string& why) override;

  fault take(const frame& f);
  fault take_method(const frame& f);
  fault take_connection_method(const method& m);
  fault take_channel_method(std::uint16_t channel, const method& m);
  fault take_content(const frame& f);
  fault deliver(std::uint16_t channel, delivery&& message);
  void closed_by_broker(const connection_close& m);
  void on_handshake_done();
  void beat();
  void protocol_violation(const protocol_error& what);
  void end(const std::string& why);

  const client_options& options_;
  connection_events events_;
  std::shared_ptr<byte_counter> counter_;
  read_buffer in_;
  transport transport_;
  handshake handshake_;
  channel_table channels_;
  heartbeat heartbeat_;
  timer connect_timer_;
  timer heartbeat_timer_;
  timer budget_timer_;
  const endpoint& where_;
  std::vector<std::shared_ptr<channel_user>> waiting_;
  bool ready_ = false;
  bool first_bytes_seen_ = false;
  bool blocked_ = false;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace millrace::amqp
