#pragma once

#include "actors/operations/replay.hpp"

#include <string>

namespace millrace::operations {

/// The task to retry and the operator who asks for it.
struct retry_order {
  std::string id;  ///< a UUID or the producer's own text
  std::string tenant;
  postgres::settlement by;
  std::string command;  ///< JSON text for the audit log: the request
};

/// Retries a dead task by replaying its latest open dead letter, in the caller's transaction. A task without one is refused.
/// Safe to repeat after a COMMIT in doubt, with the same `by.run_id`.
settled_dead_letter retry_task(unit_of_work& work, const config::settings& s, const retry_order& order);

}  // namespace millrace::operations
