#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "connectors/postgres/session/session.hpp"

#include <atomic>
#include <memory>

namespace millrace::actors {

struct scheduler_state {
  static inline const char* name = "scheduler";

  node_ptr shared;
  std::shared_ptr<std::atomic<bool>> configured;  ///< the configured schedules have been written to the table
  std::unique_ptr<postgres::session> session;
  int backend = 0;  ///< the connection that holds the leader lock; 0: this node does not lead
  bool leads = false;
  std::uint32_t failures = 0;  ///< consecutive
};

/// Runs the schedules of the table while it is the leader among all nodes, by an advisory lock on its own connection, which
/// is released with the connection. Polls every second and when the next run is due. First writes the configured schedules
/// to the table, unless `configured` shows that an earlier incarnation did. Spawn it detached: it blocks.
caf::behavior scheduler(caf::stateful_actor<scheduler_state>* self, node_ptr shared,
                        std::shared_ptr<std::atomic<bool>> configured);

}  // namespace millrace::actors
