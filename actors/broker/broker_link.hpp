#pragma once

#include "actors/node/broker_connections.hpp"
#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <memory>

namespace millrace::actors {

struct broker_link_state {
  static inline const char* name = "broker link";

  std::shared_ptr<broker_connections> connections;

  ~broker_link_state();
};

/// Starts the actor that owns the node's AMQP connections and closes them when it ends. Reports their state to health,
/// metrics and log. Consumers and the outbox relay find the connections in the actor directory as soon as this function has
/// returned. The actor receives no messages.
caf::actor start_broker_link(caf::event_based_actor* parent, const node_ptr& shared);

}  // namespace millrace::actors
