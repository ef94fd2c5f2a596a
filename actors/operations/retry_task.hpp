#pragma once

#include "actors/operations/replay.hpp"
#include "config/settings.hpp"

#include <string>

namespace millrace {

/// Whose task, and who wants it tried again.
struct retry_order {
  std::string id;  ///< a UUID, or the producer's own text
  std::string tenant;
  postgres::settlement by;
  std::string command;  ///< JSON text for the audit log: what was asked for
};

/// Tries a task again by its latest open dead letter, in the caller's transaction, for only a task that has died can be
/// tried again; a `refusal` tells why not. Safe to run again after a COMMIT in doubt, with the same `by.run_id`.
settled_dead_letter retry_task(unit_of_work& work, const config::settings& s, const retry_order& order);

}  // namespace millrace
