#pragma once

#include "config/settings.hpp"
#include "connectors/amqp/topology.hpp"

#include <string>
#include <string_view>

namespace millrace::actors {

/// The topic exchange that producers publish to. Routing keys are task types; `queues.*.bindings` binds them to queues.
inline constexpr auto task_exchange = "millrace";
/// Keeps messages that exceed the size or delivery limit of the dead-letter queue itself. It has no consumer.
inline constexpr auto parking_queue = "millrace.parked";

/// The exchanges, queues and bindings for these settings.
amqp::topology make_topology(const config::settings& s);

/// True if a binding with this topic pattern routes the key (AMQP 0-9-1, section 3.1.3.3): words are separated by dots, `*`
/// matches one word, `#` any number of words, including zero.
bool takes(std::string_view pattern, std::string_view routing_key);

/// The topology as `millrace topology` prints it.
std::string describe(const amqp::topology& t);

}  // namespace millrace::actors
