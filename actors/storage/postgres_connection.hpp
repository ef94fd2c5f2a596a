#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "connectors/postgres/session/session.hpp"

#include <memory>
#include <string>

namespace millrace::actors {

struct postgres_connection_state {
  static inline const char* name = "postgres connection";

  node_ptr shared;
  std::string pool;
  std::unique_ptr<postgres::session> session;
  std::uint32_t failed_connects = 0;
  bool was_connected = false;
};

/// One blocking database connection. Runs the units that its pool assigns. Serialization failures, deadlocks, lock time-outs
/// and lost COMMIT replies are retried here. While the server is unavailable, the unit returns to the pool and this actor
/// reconnects with full jitter until it succeeds. A unit that exceeded the statement time-out twice is answered with
/// `isolate`, because it would never succeed. Spawn it detached: it blocks.
caf::behavior postgres_connection(caf::stateful_actor<postgres_connection_state>* self, node_ptr shared, std::string pool,
                                  postgres::session_options options);

}  // namespace millrace::actors
