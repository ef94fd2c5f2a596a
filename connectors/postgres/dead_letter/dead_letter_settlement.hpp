#pragma once

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Settling dead letters: what replay and discard read under lock and write. All in the caller's transaction, and everybody
/// locks in this order, so that concurrent calls cannot wait for each other in a circle: letters by id, then tasks by key.
namespace millrace::postgres {

struct locked_dead_letter {
  dead_letter_record letter;
  dead_letter_bytes bytes;  ///< empty unless asked for
};
/// Locks letters and reads them as they stand then, by ascending id; ids that do not exist are left out.
std::vector<locked_dead_letter> lock_dead_letters(unit_of_work& work, std::span<const std::string> ids, bool with_bytes);

/// Id and tenant of a task.
using task_key = std::pair<std::string, std::string>;
/// The row of a task as it stands, locked.
struct locked_task {
  task_state state = task_state::dead;
  std::uint32_t generation = 0;
  std::string type, queue;
};
/// In the order of `keys`; nothing where there is no row. A key may occur more than once.
std::vector<std::optional<locked_task>> lock_tasks(unit_of_work& work, std::span<const task_key> keys);

/// Dead tasks, locked, become `retrying` with no attempts: each waits for its next generation.
void await_replay(unit_of_work& work, std::span<const task_key> keys);

/// Who settles letters, and why.
struct settlement {
  std::string actor, why;
  std::string run_id;    ///< UUID text: one run of a command
  std::string tenant{};  ///< the only one that it concerns, or empty
};
void mark_replayed(unit_of_work& work, std::span<const std::string> ids, const settlement& by);
void mark_discarded(unit_of_work& work, std::span<const std::string> ids, const settlement& by);

}  // namespace millrace::postgres
