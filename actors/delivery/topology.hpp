#pragma once

#include "config/settings.hpp"
#include "connectors/amqp/topology.hpp"
#include "connectors/postgres/task/outbox_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::actors {

/// The topic exchange that producers publish to. Routing keys are task types; `queues.*.bindings` binds them to queues.
inline constexpr auto task_exchange = "millrace";
/// Keeps messages that exceed the size or delivery limit of the dead-letter queue itself. It has no consumer.
inline constexpr auto parking_queue = "millrace.parked";

/// The exchanges, queues and bindings for these settings.
amqp::topology make_topology(const config::settings& s);

/// Where a message is published. With the empty exchange, the routing key is the name of a queue.
struct route {
  std::string exchange, routing_key;
  bool operator==(const route&) const = default;
};
/// Tasks of queue `priority` with this AMQP priority or a higher one are published to its high lane.
inline constexpr std::uint8_t urgent_priority = 5;
/// The routing key of a type's high lane.
std::string urgent_key(std::string_view type);
/// The task type that a routing key of the task exchange names: the key without the prefix of the high lane.
std::string_view without_lane(std::string_view routing_key);
/// The route for a task of this priority: the high lane if the task belongs to queue `priority` and is urgent.
route in_lane(const config::queues_settings& q, route r, std::optional<std::uint8_t> priority);

/// The routes to ordered queues, as regular expressions for the database.
std::vector<postgres::ordered_route> ordered_routes(const config::queues_settings& q);

/// True if a binding with this topic pattern routes the key (AMQP 0-9-1, section 3.1.3.3): words are separated by dots, `*`
/// matches one word, `#` any number of words, including zero.
bool takes(std::string_view pattern, std::string_view routing_key);

/// Whether a queue is bound for this routing key of the task exchange.
bool is_bound(const config::queues_settings& q, std::string_view routing_key);

/// The topology as `millrace topology` prints it.
std::string describe(const amqp::topology& t);

}  // namespace millrace::actors
