#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "connectors/postgres/session/session.hpp"

#include <atomic>
#include <memory>

namespace millrace {

struct scheduler_state {
  static inline const char* name = "scheduler";

  node_ptr shared;
  std::shared_ptr<std::atomic<bool>> configured;  ///< the schedules of the configuration are in the table
  std::unique_ptr<postgres::session> session;
  int backend = 0;  ///< the connection by which we lead; 0: we do not
  bool leads = false;
  std::uint32_t failures = 0;  ///< in a row
};

/// Fires the schedules of the table while it leads the schedulers of all nodes: by an advisory lock on a connection of its
/// own, which ends with the connection. Looks every second, and when the next fire is due. At first it brings the table up
/// to the configuration, unless `configured` says that an earlier incarnation did. Spawn it detached: it blocks.
caf::behavior scheduler(caf::stateful_actor<scheduler_state>* self, node_ptr shared,
                        std::shared_ptr<std::atomic<bool>> configured);

}  // namespace millrace
