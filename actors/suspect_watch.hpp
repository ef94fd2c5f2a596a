#pragma once

#include "actors/interfaces.hpp"
#include "actors/node.hpp"
#include "actors/pool_client.hpp"
#include "connectors/postgres/crash_store.hpp"

#include <memory>
#include <vector>

namespace millrace {

struct suspect_watch_state {
  static inline const char* name = "suspect watch";

  node_ptr shared;
  std::unique_ptr<pool_client> database;
};

/// Reads every second which tasks may have crashed a process, here or on another node.
caf::behavior suspect_watch(caf::stateful_actor<suspect_watch_state>* self, node_ptr shared);

/// From now on these are the node's suspects.
void set_suspects(node& shared, const std::vector<postgres::crash_key>& found);

}  // namespace millrace
