#pragma once

#include "config/settings.hpp"
#include "connectors/amqp/topology.hpp"

#include <string>

namespace millrace {

/// Where producers publish; a topic exchange whose routing keys are task types.
inline constexpr auto task_exchange = "millrace";
/// Where the broker keeps what was too large or too often delivered even for the dead-letter queue. Nobody consumes it.
inline constexpr auto parking_queue = "millrace.parked";

/// The exchanges, queues and bindings that these settings ask for.
amqp::topology make_topology(const config::settings& s);

/// The topology as `millrace topology` prints it.
std::string describe(const amqp::topology& t);

}  // namespace millrace
