#pragma once

#include "connectors/postgres/task/task_store.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Cancels tasks. A waiting task is cancelled immediately. A running one is asked to stop and is not retried. For an unknown
/// one a row is stored, so that its delivery is absorbed.
namespace millrace::postgres {

enum class cancel_verdict : std::uint8_t {
  cancelled,        ///< the task was waiting and is cancelled
  requested,        ///< the task is running: it may still succeed, but is not retried
  pending_arrival,  ///< unknown task: cancelled on arrival, not executed
  too_late,         ///< the task has ended
};

struct cancel_answer {
  cancel_verdict verdict;
  task_state state;  ///< the current state
  /// Of a task that was cancelled now: the queue for its result and its correlation id. May be empty.
  std::string reply_to, correlation_id, original_id;
};

/// Cancels the task of that key, in any state, and records actor and reason in the audit log. The caller must send the
/// result to `reply_to`.
cancel_answer cancel(unit_of_work& work, std::string_view tenant, std::string_view id, std::string_view original_id,
                     std::string_view who, std::string_view why);

/// A publication of a task, as in_flight_effects identifies it.
struct publication {
  std::string tenant, id;
  std::uint32_t generation = 0;
};
/// Running tasks of `node` that were requested to be cancelled.
std::vector<publication> cancel_requests(unit_of_work& work, std::string_view node);

}  // namespace millrace::postgres
