#pragma once

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// The locks and updates of replay and discard, in the caller's transaction. Lock order, which prevents deadlocks: dead
/// letters by id, then tasks by key.
namespace millrace::postgres {

struct locked_dead_letter {
  dead_letter_record record;
  dead_letter_bytes bytes;  ///< empty unless requested
};
/// Locks dead letters and reads their current rows, by ascending id. Omits ids that do not exist.
std::vector<locked_dead_letter> lock_dead_letters(unit_of_work& work, std::span<const std::string> ids, bool with_bytes);

/// Id and tenant of a task.
using task_key = std::pair<std::string, std::string>;
/// The current row of a task, locked.
struct locked_task {
  task_state state = task_state::dead;
  std::uint32_t generation = 0;
  std::string type, queue;
};
/// In the order of `keys`; empty where no row exists. A key may occur more than once.
std::vector<std::optional<locked_task>> lock_tasks(unit_of_work& work, std::span<const task_key> keys);

/// Sets dead, locked tasks to `retrying` with no attempts used: each waits for its next generation.
void await_replay(unit_of_work& work, std::span<const task_key> keys);

/// The operator who settles dead letters, and the reason.
struct settlement {
  std::string actor, why;
  std::string run_id;    ///< UUID text, one per run of a command
  std::string tenant{};  ///< the tenant the command is limited to, or empty
};
void mark_replayed(unit_of_work& work, std::span<const std::string> ids, const settlement& by);
void mark_discarded(unit_of_work& work, std::span<const std::string> ids, const settlement& by);

}  // namespace millrace::postgres
