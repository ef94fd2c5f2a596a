#pragma once

#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "connectors/postgres/task/outbox_store.hpp"
#include "connectors/postgres/task/task_store.hpp"
#include "runtime/task/handler_registry.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Names of the AMQP headers that we add when we publish a task again.
namespace header {
inline constexpr auto generation = "millrace-generation";
inline constexpr auto published_at = "millrace-published-at";  ///< of the first publication, microseconds since 1970
inline constexpr auto expires_at = "millrace-expires-at";      ///< microseconds since 1970
inline constexpr auto asked_by = "millrace-asked-by";          ///< of a follow-up: see asking_task
}  // namespace header

/// What an outcome means for the task's row, and what has to go out with it in the same transaction.
struct outcome_resolution {
  postgres::task_state state = postgres::task_state::succeeded;
  const char* outcome = "succeeded";  ///< the metric's label
  std::string result;
  std::string error;
  bool counts = true;                                 ///< false: this execution does not count as an attempt
  std::optional<postgres::outbox_row> next;           ///< the task's next publication (retry, snooze)
  std::optional<dead> letter;                         ///< why it became a dead letter
  std::vector<postgres::outbox_row> follow_ups = {};  ///< the tasks that follow
  std::optional<postgres::outbox_row> reply;          ///< the result for `reply_to`
};

/// The task of the same tenant that asked for a follow-up, in the generation in which it did: "ID GENERATION" in the header.
struct asking_task {
  uuid id;
  std::uint32_t generation = 0;
};
/// As the header has it; none if it is not such a text.
std::optional<asking_task> read_asking_task(std::string_view text);

/// Decides. Pure: `random` is uniform in [0, 1); the task's `attempt` is the one that just ended.
outcome_resolution resolve_outcome(const task& t, outcome result, const type_policy& policy, wall_time now, double random);

/// The task as its next publication, due then, to the queue it came by, one generation on.
postgres::outbox_row republication(const task& t, wall_time due);
/// The same in the generation it has: its first publication under the id that we gave it.
postgres::outbox_row first_publication(const task& t, wall_time due);
/// A follow-up of `parent` as its first publication. `place` in the list gives it an id where it has none. Its traceparent
/// is the parent's own; where the publish is traced, publish_spans puts it below what `parent` did.
postgres::outbox_row follow_up_message(const task& parent, const follow_up& wanted, std::size_t place, wall_time now);
/// The message to `reply_to` that tells of a terminal state: {id, state, result, error}.
postgres::outbox_row reply_message(const task& t, postgres::task_state state, const std::string& result,
                                   const std::string& error);
/// The AMQP type of such messages.
inline constexpr auto result_type = "millrace.result";

/// Microseconds since 1970, as the stores take times.
std::int64_t to_us(wall_time t);

}  // namespace millrace
