#pragma once

#include "connectors/postgres/task/outbox_store.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <string>
#include <string_view>

/// The `lease` table: running tasks whose delivery was acknowledged, because they may take longer than the broker waits for
/// an acknowledgement. A lease is valid as long as its process is alive (see presence), whatever its age. The claim in the
/// task's row fences off a process that was wrongly considered dead. All functions work in the caller's transaction.
namespace millrace::postgres {

struct leased_task {
  std::string_view tenant;
  std::string id;  ///< UUID text
};

/// The process `node` executes the task; if it dies, `again` is published. Replaces an existing lease.
void take_lease(unit_of_work& work, const leased_task& what, std::string_view node, const outbox_row& again);
/// The task has ended. Does nothing if another process has taken it over.
void end_lease(unit_of_work& work, const leased_task& what, std::string_view node);
/// Moves the messages of leases whose process is dead into the outbox, due immediately; at most 1,000 per call. Returns
/// their number. A repetition is harmless: the inbox blocks a running task.
std::size_t reissue_leases(unit_of_work& work, const accepting_node& janitor);

}  // namespace millrace::postgres
