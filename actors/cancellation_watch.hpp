#pragma once

#include "actors/interfaces.hpp"
#include "actors/node.hpp"
#include "actors/pool_client.hpp"

#include <memory>

namespace millrace {

struct cancellation_watch_state {
  static inline const char* name = "cancellation watch";

  node_ptr shared;
  std::unique_ptr<pool_client> database;
};

/// Asks the database every second what runs here and should not any more, and tells the runners.
caf::behavior cancellation_watch(caf::stateful_actor<cancellation_watch_state>* self, node_ptr shared);

}  // namespace millrace
