#pragma once

#include "actors/interfaces.hpp"
#include "actors/node.hpp"
#include "actors/pool_client.hpp"

#include <memory>

namespace millrace {

struct janitor_state {
  static inline const char* name = "janitor";

  node_ptr shared;
  std::unique_ptr<pool_client> database;
};

/// Looks every second for long tasks whose node has died, and sends them out again. Any number of nodes may do it at once.
caf::behavior janitor(caf::stateful_actor<janitor_state>* self, node_ptr shared);

}  // namespace millrace
