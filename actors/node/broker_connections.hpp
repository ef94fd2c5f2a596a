#pragma once

#include "config/settings.hpp"
#include "connectors/amqp/client.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// The AMQP connections of a node as actors see them: one to consume and one to publish, so that a broker that blocks
/// publishers does not stop the work. Thread-safe: everything is carried out on the event loop's thread, in order.
class broker {
 public:
  struct events {
    std::function<void(const std::string& connection)> up;  ///< "amqp_consume" or "amqp_publish"
    std::function<void(const std::string& connection, const std::string& why)> down;
    std::function<void(bool blocked, const std::string& why)> blocked;
  };

  /// Connects; `tell` is called on the loop's thread until `close` was called.
  broker(event_loop& loop, const config::settings& s, events tell);
  /// Closes, if nobody has.
  ~broker();
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  /// Closes both connections in order within `grace`, without waiting for it. No event follows.
  void close(std::chrono::milliseconds grace);

  /// One settlement of a delivery.
  struct settlement {
    amqp::delivery_tag tag{};
    bool multiple = false;
    bool reject = false;   ///< hand over to the broker's dead-lettering instead of acknowledging
    bool requeue = false;  ///< with `reject`: back to the queue instead
  };

  /// A consumer of one queue; destroying it closes its channel, so that what is unsettled goes back to the queue.
  class subscription {
   public:
    ~subscription();
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;
    /// Sends settlements of one epoch; those of an epoch that is over have no effect.
    void settle(amqp::channel_epoch epoch, std::vector<settlement> all);
    /// Takes no more deliveries; what was delivered can still be settled. `done` is called on the loop's thread, once no
    /// delivery follows.
    void cancel(std::function<void()> done);

   private:
    friend class broker;
    struct shared;
    explicit subscription(std::shared_ptr<shared> s) : shared_(std::move(s)) {}
    std::shared_ptr<shared> shared_;
  };
  std::unique_ptr<subscription> subscribe(amqp::subscription_options options, amqp::subscription_events tell);

  /// A message that owns its text.
  struct message {
    std::string exchange, routing_key;
    amqp::properties props;
    std::string body;
  };
  /// Publishes in order; `done` is called once a message, on the loop's thread, with `unknown` where there was no capacity.
  void publish(std::vector<message> all, std::function<void(std::size_t index, amqp::confirm, const std::string& why)> done);
  /// Room for unconfirmed messages, as of a moment ago.
  std::size_t publish_capacity() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace millrace
