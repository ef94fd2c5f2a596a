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

namespace millrace::actors {

/// A node's AMQP connections: one to consume and one to publish, so that a broker that blocks publishers does not block
/// consumers. Thread-safe: every call is executed on the event loop's thread, in order.
class broker {
 public:
  struct events {
    std::function<void(const std::string& connection)> up;  ///< "amqp_consume" or "amqp_publish"
    std::function<void(const std::string& connection, const std::string& why)> down;
    std::function<void(bool blocked, const std::string& why)> blocked;
    /// As amqp::client_events::declaration, of the consuming connection.
    std::function<void(const amqp::declaration_result&)> declaration = nullptr;
  };

  /// Connects. `handler` is called on the loop's thread until `close` is called.
  broker(supervision::event_loop& loop, const config::settings& s, events handler);
  /// Closes the connections unless `close` was called.
  ~broker();
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  /// Closes both connections in order within `grace`, without blocking. No event follows.
  void close(std::chrono::milliseconds grace);

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
    ~subscription();
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;
    /// Sends settlements of one channel epoch. Those of an earlier epoch are ignored.
    void settle(amqp::channel_epoch epoch, std::vector<settlement> all);
    /// Stops deliveries. Earlier ones can still be settled. `done` is called on the loop's thread once no delivery follows.
    void cancel(std::function<void()> done);

   private:
    friend class broker;
    struct shared;
    explicit subscription(std::shared_ptr<shared> s) : shared_(std::move(s)) {}
    std::shared_ptr<shared> shared_;
  };
  /// An ordered subscription has a connection of its own.
  std::unique_ptr<subscription> subscribe(amqp::subscription_options options, amqp::subscription_events handler);

  /// A message that owns its text.
  struct message {
    std::string exchange, routing_key;
    amqp::properties props;
    std::string body;
  };
  /// Publishes in order. `done` is called once per message on the loop's thread, with `unknown` if there was no capacity.
  void publish(std::vector<message> all, std::function<void(std::size_t index, amqp::confirm, const std::string& why)> done);
  /// Remaining capacity for unconfirmed messages; may be slightly out of date.
  std::size_t publish_capacity() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace millrace::actors
