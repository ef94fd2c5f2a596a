#pragma once

#include "connectors/amqp/options.hpp"
#include "connectors/amqp/properties.hpp"
#include "connectors/amqp/topology.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct uv_loop_s;

/// AMQP 0-9-1 on libuv with automatic reconnection. See README.md for the guarantees.
namespace millrace::amqp {

/// Number of a channel's opening, raised each time it is reopened. A delivery tag is valid only within its epoch.
enum class channel_epoch : std::uint64_t {};
enum class delivery_tag : std::uint64_t {};
enum class subscription_id : std::uint32_t {};

/// One message delivered by the broker.
struct delivery {
  delivery_tag tag{};
  bool redelivered = false;
  std::string_view exchange;
  std::string_view routing_key;
  std::string_view raw_properties;    ///< content-header payload from the property flags on; decode_properties() reads it
  std::string_view body;              ///< empty when `oversized`
  std::uint64_t body_size = 0;        ///< as announced in the content header
  bool oversized = false;             ///< over max_body_bytes: the body was dropped unread, the delivery is still unsettled
  std::shared_ptr<const void> owner;  ///< keeps the views alive; shared by deliveries of one read
};

/// Called on the loop's thread. Must not destroy the client.
struct subscription_events {
  /// The consumer is registered with the broker; deliveries of this epoch follow.
  std::function<void(channel_epoch)> consuming;
  /// All complete deliveries of one read, in order, never empty.
  std::function<void(channel_epoch, std::vector<delivery>)> deliveries;
  /// The consumer was lost (connection or channel closed, consumer cancelled, queue missing), or cannot be registered
  /// because its queue cannot be declared (also called before `subscribe` returns, if that is known). The broker requeues
  /// the epoch's unsettled deliveries. The client registers the consumer again, on a new channel with a new epoch.
  std::function<void(channel_epoch, const std::string& why)> interrupted;
};

struct subscription_options {
  std::string queue;
  std::uint16_t prefetch = 500;
  /// Keeps the queue's order when its messages pass to another consumer: the subscription ends with the connection. No
  /// basic.cancel and no channel.close is sent, because the next consumer would start while deliveries are in flight here,
  /// or would receive them in another order. Use a client of its own for it, and `stop` that client.
  bool ordered = false;
};

/// The broker's answer to a published message.
enum class confirm : std::uint8_t {
  accepted,  ///< the broker took responsibility (basic.ack)
  refused,   ///< basic.nack: not stored; publish again later
  returned,  ///< mandatory and unroutable (basic.return); `why` has the reason
  unknown,   ///< the connection ended first: it may or may not be stored; publish again with the same id
};
using confirm_callback = std::function<void(confirm, const std::string& why)>;

/// A message to publish. Always sent as mandatory. The views must be valid only during the call.
struct outgoing {
  std::string_view exchange;
  std::string_view routing_key;
  properties props;
  std::string_view body;
};

struct client_events {
  /// Connected, and every entity of the topology was declared or refused, or three seconds have passed.
  std::function<void()> up;
  /// Connection lost or refused. `why` is a message without secrets. The client retries forever with full jitter; `next` is
  /// the wait before the next attempt.
  std::function<void(const std::string& why, std::chrono::milliseconds next)> down;
  /// connection.blocked / unblocked (RabbitMQ resource alarm). While blocked, publish() returns false.
  std::function<void(bool blocked, const std::string& why)> blocked;
  /// A queue of the topology was declared; gets its number of ready messages. May be empty.
  std::function<void(const std::string& queue, std::uint32_t ready)> declared = nullptr;
  /// The first result of an exchange or queue on each connection, and each that differs from the previous one. A refused
  /// declaration is retried with full jitter. May be empty.
  std::function<void(const declaration_result&)> declaration = nullptr;
};

/// Maintains a connection to one of several hosts: connects, declares the topology, consumes and publishes. After any loss
/// it reconnects, declares and consumes again. A queue that cannot be declared is not consumed; all others are. All calls
/// and callbacks run on the loop's thread, except construction.
class client {
 public:
  client(uv_loop_s* loop, client_options options, topology declare, client_events events);
  /// Call only after `stop`'s callback ran.
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void start();
  /// Closes gracefully within `grace` (basic.cancel, connection.close), forcibly after it, then calls `stopped` once.
  /// Before that, outstanding confirms are reported as `unknown`.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

  /// Consumes a queue on a separate channel, now and after each reconnect, until `unsubscribe`. A queue of the topology is
  /// consumed once it is declared.
  subscription_id subscribe(subscription_options options, subscription_events events);
  /// Cancels the consumer and closes its channel. The broker requeues unsettled deliveries. No callback follows.
  void unsubscribe(subscription_id id);
  /// Stops deliveries (basic.cancel) but keeps the channel, so that delivered messages can still be settled. For draining.
  void cancel(subscription_id id);

  /// Acknowledges `tag`, and with `multiple` all before it. Ignored if the epoch has ended: the broker has requeued it.
  void ack(subscription_id id, channel_epoch epoch, delivery_tag tag, bool multiple);
  /// Rejects one delivery; without `requeue` the broker dead-letters it.
  void reject(subscription_id id, channel_epoch epoch, delivery_tag tag, bool requeue);

  /// Number of further publishes that are accepted now: 0 while down, blocked or at the confirm window.
  std::size_t publish_capacity() const;
  /// Publishes as mandatory, with a confirm. Returns false, without a callback, if there is no capacity; otherwise `done`
  /// is called once.
  bool publish(const outgoing& message, confirm_callback done);

  bool connected() const;
  bool blocked() const;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace millrace::amqp
