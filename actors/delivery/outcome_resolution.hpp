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

namespace millrace::actors {

/// Names of the AMQP headers that are added when a task is published again.
namespace header {
inline constexpr auto generation = "millrace-generation";
inline constexpr auto published_at = "millrace-published-at";  ///< of the first publication, microseconds since 1970
inline constexpr auto expires_at = "millrace-expires-at";      ///< microseconds since 1970
inline constexpr auto asked_by = "millrace-asked-by";          ///< of a follow-up: see requesting_task
inline constexpr auto rounds = "millrace-rounds";              ///< publications because the broker had returned it
}  // namespace header

/// The row state and the publications that follow from an outcome, to be written in one transaction.
struct outcome_resolution {
  postgres::task_state state = postgres::task_state::succeeded;
  const char* outcome = "succeeded";  ///< value of the metric's label
  std::string result;
  std::string error;
  bool counts = true;                                 ///< false: this execution does not count as an attempt
  std::optional<postgres::outbox_row> next;           ///< the task's next publication (retry, snooze)
  std::optional<dead> dead_letter;                    ///< why it became a dead letter
  std::vector<postgres::outbox_row> follow_ups = {};  ///< first publications of the follow-up tasks
  std::optional<postgres::outbox_row> reply;          ///< the result for `reply_to`
};

/// The task that requested a follow-up, of the same tenant, and its generation at that time. Header format: "ID GENERATION".
struct requesting_task {
  uuid id;
  std::uint32_t generation = 0;
};
/// Parses the header; nullopt if it is malformed.
std::optional<requesting_task> parse_requesting_task(std::string_view text);

/// Resolves an outcome. Pure. `random` is uniform in [0, 1). The task's `attempt` is the one that just ended.
outcome_resolution resolve_outcome(const task& t, outcome result, const type_policy& policy, wall_time now, double random);

/// The task's next publication, to its own queue, due at `due`, with the generation incremented.
postgres::outbox_row republication(const task& t, wall_time due);
/// The same without incrementing the generation: the first publication under an id that we assigned.
postgres::outbox_row first_publication(const task& t, wall_time due);
/// Once more for a task that was not executed, as often as `rounds` says; on the route by which it came.
postgres::outbox_row further_round(const task& t, wall_time due, std::uint32_t rounds);
/// The first publication of a follow-up of `parent`. `place`, its index in the list, yields its id if it has none. Carries
/// the parent's traceparent; publish_spans replaces it if the publish is traced.
postgres::outbox_row follow_up_message(const task& parent, const follow_up& wanted, std::size_t place, wall_time now);
/// The message to `reply_to` that reports a terminal state: {id, state, result, error}.
postgres::outbox_row reply_message(const task& t, postgres::task_state state, const std::string& result,
                                   const std::string& error);
/// The AMQP type of a reply.
inline constexpr auto result_type = "millrace.result";

/// Microseconds since 1970, the stores' representation of time.
std::int64_t to_us(wall_time t);

}  // namespace millrace::actors
