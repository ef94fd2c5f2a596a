#pragma once

#include "actors/node/broker.hpp"
#include "config/settings.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::actors {

/// A node's AMQP connections: one to consume and one to publish, so that a broker that blocks publishers does not block
/// consumers, and one for each ordered queue, whose end returns its deliveries in order. The first declares the topology
/// before the others connect: RabbitMQ 3.10 closes connections with INTERNAL_ERROR (541) that declare the same new queue
/// concurrently. Thread-safe: every call is executed on the event loop's thread, in order.
class broker_connections final : public broker {
 public:
  struct events {
    std::function<void(const std::string& connection)> up;  ///< "amqp_consume" or "amqp_publish", the shared ones
    std::function<void(const std::string& connection, const std::string& why)> down;
    std::function<void(bool blocked, const std::string& why)> blocked;
    /// As amqp::client_events::declaration, of the consuming connection.
    std::function<void(const amqp::declaration_result&)> declaration = nullptr;
  };

  /// Connects. `handler` is called on the loop's thread until `close` is called.
  broker_connections(supervision::event_loop& loop, const config::settings& s, events handler);
  /// Closes the connections unless `close` was called.
  ~broker_connections() override;

  /// Closes both connections in order within `grace`, without blocking. No event follows.
  void close(std::chrono::milliseconds grace);

  /// An ordered subscription has a connection of its own, and `interrupted` reports each failure to connect it.
  std::unique_ptr<broker::subscription> subscribe(amqp::subscription_options options,
                                                  amqp::subscription_events handler) override;
  void publish(std::vector<message> all, publish_callback done) override;
  std::size_t publish_capacity() const noexcept override;

 private:
  class subscription;
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace millrace::actors
