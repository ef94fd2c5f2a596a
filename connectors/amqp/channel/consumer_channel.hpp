#pragma once

#include "connectors/amqp/backoff.hpp"
#include "connectors/amqp/channel/channel_user.hpp"
#include "connectors/amqp/connection.hpp"

#include <functional>
#include <vector>

namespace millrace::amqp {

/// Implemented by the client that owns the consumer.
struct consumer_hooks {
  std::function<channel_epoch()> next_epoch;
  /// The wait after a lost channel has elapsed. `missing`: the queue did not exist or was deleted, so declare it first.
  std::function<void(bool missing)> wants_channel;
};

/// One subscription: a separate channel while there is a connection, reopened with a new epoch whenever it is lost.
class consumer_channel : public channel_user, public std::enable_shared_from_this<consumer_channel> {
 public:
  consumer_channel(loop_handles& handles, const client_options& client, subscription_options options,
                   subscription_events events, consumer_hooks hooks, std::uint64_t seed);

  /// Consumes on a new channel. Does nothing if there is one already, or after a cancel.
  void open(connection& where);
  /// The queue cannot be declared: reports `why` unless there is a channel.
  void unavailable(const std::string& why);
  const std::string& queue() const noexcept { return options_.queue; }
  /// Stops deliveries; delivered messages can still be settled.
  void cancel();
  /// Cancels and closes the channel; no event follows.
  void quit();

  void ack(channel_epoch epoch, delivery_tag tag, bool multiple);
  void reject(channel_epoch epoch, delivery_tag tag, bool requeue);

  bool on_method(const method& m) override;
  bool on_delivery(delivery&& message) override;
  void on_read_end() override;
  void on_end(const channel_end& end) override;

 private:
  bool current(channel_epoch epoch) const noexcept { return channel_ != 0 && epoch == epoch_; }
  void consuming();
  void interrupted(const std::string& why, bool missing);

  const client_options& client_;
  subscription_options options_;
  subscription_events events_;
  consumer_hooks hooks_;
  backoff backoff_;
  timer retry_;
  timer patience_;  ///< until the broker must have registered the consumer
  connection* connection_ = nullptr;
  std::uint16_t channel_ = 0;
  channel_epoch epoch_{};
  std::string consumer_tag_;
  std::vector<delivery> batch_;
  bool consuming_ = false;
  bool cancelled_ = false;
  bool silent_ = false;
  bool missing_ = false;
};

}  // namespace millrace::amqp
