#pragma once

#include "connectors/postgres/task/outbox_store.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <string>
#include <string_view>

/// The `lease` table: running tasks that have no delivery any more, because they may take longer than the broker waits for
/// an acknowledgement. A lease holds for as long as the process that took it lives (see presence), whatever its age; the
/// claim in the task's row fences off a process that was wrongly taken for dead. All functions work in the caller's
/// transaction.
namespace millrace::postgres {

struct leased_task {
  std::string_view tenant;
  std::string id;  ///< UUID text
};

/// The process `node` has the task under way; should it die, `again` is to be published. Replaces a lease that is there.
void take_lease(unit_of_work& work, const leased_task& what, std::string_view node, const outbox_row& again);
/// The task has ended; nothing if another process has taken it over.
void end_lease(unit_of_work& work, const leased_task& what, std::string_view node);
/// Moves the messages of all leases whose process is dead into the outbox, due at once, at most 1,000 at a time; returns how
/// many. Done twice it does no harm: the inbox holds a task that runs.
std::size_t reissue_leases(unit_of_work& work, const accepting_node& janitor);

}  // namespace millrace::postgres
