#pragma once

#include "actors/node/broker_connections.hpp"
#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/outbox/publish_spans.hpp"
#include "actors/storage/pool_client.hpp"
#include "connectors/postgres/task/outbox_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

namespace millrace {

struct outbox_relay_state {
  static inline const char* name = "outbox relay";

  node_ptr shared;
  std::shared_ptr<broker> connections;
  std::unique_ptr<pool_client> database;
  std::size_t units = 0;                         ///< units of work under way
  std::map<std::uint64_t, std::size_t> batches;  ///< published, with their rows; their confirms are waited for
  publish_spans traced;
  std::uint64_t newest = 0;                      ///< batch
  std::size_t asked = 0;                         ///< rows that units under way may bring
  bool draining = false;                         ///< takes nothing more
  caf::actor drain_to;                           ///< is told once what was taken is out
  std::uint64_t timer = 0;                       ///< epoch of the newest timer
  std::chrono::steady_clock::time_point wake{};  ///< when that fires
};

/// The one way out: takes due rows of the outbox, publishes them with confirms and deletes what the broker took. While the
/// broker answers for one batch, the database works on another. Any number of nodes may run one. A row that was published
/// but not deleted is published again; the inbox absorbs it. One that no queue takes stays, and is tried again less and less
/// often.
caf::behavior outbox_relay(caf::stateful_actor<outbox_relay_state>* self, node_ptr shared);

}  // namespace millrace
