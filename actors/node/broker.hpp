#pragma once

#include "connectors/amqp/client.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::actors {

/// The message broker as consumers and the outbox relay use it. Thread-safe: calls return immediately and take effect in
/// their order. Callbacks run on one thread, the broker's. Calls are made per batch, never per task.
class broker {
 public:
  virtual ~broker() = default;
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  /// The settlement of one delivery, or of all up to it with `multiple`.
  struct settlement {
    amqp::delivery_tag tag{};
    bool multiple = false;
    bool reject = false;   ///< pass it to the broker's dead-lettering instead of acknowledging it
    bool requeue = false;  ///< with `reject`: return it to the queue instead
  };

  /// A consumer of one queue. Destroying it closes its channel, or the connection of an ordered one, after the settlements
  /// sent before. That returns unsettled deliveries to the queue.
  class subscription {
   public:
    virtual ~subscription() = default;
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;
    /// Sends settlements of one channel epoch. Those of an earlier epoch are ignored.
    virtual void settle(amqp::channel_epoch epoch, std::vector<settlement> all) = 0;
    /// Stops deliveries. Earlier ones can still be settled. `done` is called on the broker's thread once no delivery
    /// follows.
    virtual void cancel(std::function<void()> done) = 0;

   protected:
    subscription() = default;
  };
  /// Consumes a queue, again after every loss of the channel, until the subscription is destroyed.
  virtual std::unique_ptr<subscription> subscribe(amqp::subscription_options options, amqp::subscription_events handler) = 0;

  /// A message that owns its text.
  struct message {
    std::string exchange, routing_key;
    amqp::properties props;
    std::string body;
  };
  using publish_callback = std::function<void(std::size_t index, amqp::confirm, const std::string& why)>;
  /// Publishes in order. `done` is called once per message on the broker's thread, with `unknown` if there was no capacity.
  virtual void publish(std::vector<message> all, publish_callback done) = 0;
  /// Remaining capacity for unconfirmed messages; may be slightly out of date.
  virtual std::size_t publish_capacity() const noexcept = 0;

 protected:
  broker() = default;
};

}  // namespace millrace::actors
