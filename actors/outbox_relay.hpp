#pragma once

#include "actors/broker.hpp"
#include "actors/interfaces.hpp"
#include "actors/node.hpp"
#include "actors/pool_client.hpp"
#include "connectors/postgres/outbox_store.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace millrace {

struct outbox_relay_state {
  static inline const char* name = "outbox relay";

  node_ptr shared;
  std::shared_ptr<broker> connections;
  std::unique_ptr<pool_client> database;
  bool busy = false;                             ///< taking rows, or waiting for their confirms
  bool wanted = false;                           ///< rows came while busy
  bool draining = false;                         ///< takes nothing more
  caf::actor drain_to;                           ///< is told once what was taken is out
  std::uint64_t batch = 0;                       ///< the one that is waited for; answers for earlier ones are stale
  std::uint64_t timer = 0;                       ///< epoch of the newest timer
  std::chrono::steady_clock::time_point wake{};  ///< when that fires
};

/// The one way out: takes due rows of the outbox, publishes them with confirms and deletes what the broker took. Any number
/// of nodes may run one. A row that was published but not deleted is published again; the inbox absorbs it.
caf::behavior outbox_relay(caf::stateful_actor<outbox_relay_state>* self, node_ptr shared);

}  // namespace millrace
