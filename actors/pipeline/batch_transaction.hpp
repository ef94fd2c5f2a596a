#pragma once

#include "actors/node/messages.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"
#include "runtime/crash/crash_record.hpp"
#include "runtime/task/handler_registry.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace millrace::actors {

/// An item of a commit: a delivery to record, or the outcome of an effect. Large, so it is held by pointer.
using commit_item = std::variant<std::shared_ptr<decoded_delivery>, std::shared_ptr<effect_ended>>;

/// The delivery, or nullptr.
inline const decoded_delivery* delivery_in(const commit_item& item) noexcept {
  auto* found = std::get_if<std::shared_ptr<decoded_delivery>>(&item);
  return found ? found->get() : nullptr;
}
/// The ended effect, or nullptr.
inline const effect_ended* effect_in(const commit_item& item) noexcept {
  auto* found = std::get_if<std::shared_ptr<effect_ended>>(&item);
  return found ? found->get() : nullptr;
}
inline const task& task_of(const commit_item& item) noexcept {
  auto* d = delivery_in(item);
  return d ? d->what : effect_in(item)->what;
}

/// This process's rights while other nodes may consider it dead.
struct liveness {
  bool may_claim = true;      ///< false: they may consider it dead, so it claims no effect
  bool may_take_over = true;  ///< it may take over tasks of nodes that seem dead
};

/// The input of one transaction. Read-only, because the transaction may run more than once, even concurrently.
struct commit_plan {
  std::shared_ptr<const std::vector<commit_item>> items;
  std::shared_ptr<const registry> handlers;
  std::string node;  ///< this process's identity
  wall_time now;
  /// Called when the transaction runs.
  std::function<liveness()> read_liveness = [] { return liveness{}; };
  bool expects_recorded = false;  ///< the previous batch contained recorded tasks
  bool ordered = false;           ///< execute the tasks in order, also those of different types
  /// Tasks with a longer time-out are claimed with a lease.
  std::chrono::milliseconds lease_above = std::chrono::milliseconds::max();
  /// Set if the plan holds one item that failed on its own: replaces its execution or its outcome.
  std::optional<outcome> forced_outcome;
  crash::crash_record* crashes = nullptr;  ///< transactional tasks are entered here during their execution; may be null
  bool timed = false;                      ///< record when each type's handler ran
};

/// The decisions of the committed transaction, by index into the plan's items.
struct commit_result {
  struct effect {
    std::size_t index;
    std::uint32_t attempt;
    std::int64_t claim;
    bool leased;
  };
  struct ending {
    std::size_t index;
    std::uint32_t attempt;  ///< 0: it was not executed
    const char* outcome;    ///< "succeeded", "retry", …
    std::string error;
    std::optional<dead_reason> reason;
    bool terminal;
  };
  /// One call of a transactional handler, for all tasks of its type.
  struct execution {
    std::string type;
    wall_time began, ended;
    std::size_t tasks;
  };
  std::vector<effect> claimed;           ///< pass to the effect executor; their deliveries stay open
  std::vector<ending> endings;           ///< for metrics and log
  std::vector<std::size_t> duplicates;   ///< nothing was done
  std::vector<std::size_t> blocked;      ///< executed by another node: record again later; their deliveries stay open
  std::vector<std::size_t> handed_off;   ///< executed by another node, and published again later: acknowledge
  std::vector<std::size_t> republished;  ///< returned by the broker or unrouted, and published again: acknowledge
  std::vector<std::size_t> deferred;     ///< this process may not claim now: record again later
  bool found_recorded = false;           ///< at least one task was already recorded
  std::optional<wall_time> next_due;     ///< due time of the earliest outbox row added
  std::vector<execution> executions;     ///< only if the plan is timed
  /// Metric updates requested by handlers.
  std::vector<unit_of_work::count> counts;
};

/// A transactional handler requested invalid follow-ups. Thrown to roll its work back; once the task is in a batch of its
/// own, its outcome is `dead` (invalid_follow_up).
struct follow_ups_refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Executes the plan in `work`'s transaction: inbox, handlers, outcomes, outbox, dead letters. Runs on a database
/// connection's thread. Throws what the database and the handlers throw, after which nothing has been committed.
commit_result run_batch_transaction(unit_of_work& work, const commit_plan& plan);

}  // namespace millrace::actors
