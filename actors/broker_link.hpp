#pragma once

#include "actors/broker.hpp"
#include "actors/interfaces.hpp"
#include "actors/node.hpp"

#include <memory>

namespace millrace {

struct broker_link_state {
  static inline const char* name = "broker link";

  node_ptr shared;
  std::shared_ptr<broker> connections;

  ~broker_link_state();
};

/// Owns the node's AMQP connections: they live exactly as long as this actor. Reports their state to health, metrics and
/// log; consumers and the outbox relay find the connections in the address book. Receives no messages.
caf::behavior broker_link(caf::stateful_actor<broker_link_state>* self, node_ptr shared);

}  // namespace millrace
