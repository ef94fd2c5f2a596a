#pragma once

#include "connectors/postgres/task/task_store.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Cancelling tasks. What waits ends at once; what runs is asked to, and is not tried again; what has not arrived yet is
/// remembered, so that its delivery is absorbed.
namespace millrace::postgres {

enum class cancel_verdict : std::uint8_t {
  cancelled,        ///< it waited, and has ended now
  requested,        ///< it runs: it may still succeed, but it is not tried again
  pending_arrival,  ///< unknown so far: when it arrives it counts as cancelled and is not executed
  too_late,         ///< it has ended
};

struct cancel_answer {
  cancel_verdict verdict;
  task_state state;  ///< as it stands now
  /// Of a task that was cancelled now: who waits for its result, and what the task is called there. May be empty.
  std::string reply_to, correlation_id, original_id;
};

/// Cancels the task of that key, in whatever state it is, and says who asked and why in the audit trail. The result that
/// `reply_to` is to get is the caller's to send.
cancel_answer cancel(unit_of_work& work, std::string_view tenant, std::string_view id, std::string_view original_id,
                     std::string_view who, std::string_view why);

/// A publication of a task, as the effect journal knows it.
struct publication {
  std::string tenant, id;
  std::uint32_t generation = 0;
};
/// What runs on `node` and should not any more.
std::vector<publication> cancel_requests(unit_of_work& work, std::string_view node);

}  // namespace millrace::postgres
