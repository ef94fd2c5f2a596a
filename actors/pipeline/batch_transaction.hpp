#pragma once

#include "actors/pipeline/commit_item.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"
#include "runtime/crash/crash_record.hpp"
#include "runtime/task/handler_registry.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace {

/// What this process may do, as the other nodes see it.
struct standing {
  bool lives = true;       ///< false: they may take it for dead, so it claims no effect
  bool takes_over = true;  ///< it may take over from nodes that seem dead
};

/// One transaction's worth of work; read-only, because it may run more than once and even twice at the same time.
struct commit_plan {
  std::shared_ptr<const std::vector<commit_item>> items;
  std::shared_ptr<const registry> handlers;
  std::string node;  ///< this process's identity
  wall_time now;
  /// Asked when the transaction runs.
  std::function<standing()> as_seen = [] { return standing{}; };
  bool meets_known = false;  ///< the batch before this one had tasks that were known
  /// Types with a longer time-out are claimed together with a lease.
  std::chrono::milliseconds lease_above = std::chrono::milliseconds::max();
  /// Set when this plan holds one item that failed alone: what becomes of it in place of its execution or its outcome.
  std::optional<outcome> verdict;
  crash_record* crashes = nullptr;  ///< where transactional tasks are entered while they are executed, or none
  bool timed = false;               ///< the result is to tell when each type's handler was at work
};

/// What the committed transaction decided, by index into the plan's items.
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
    std::optional<dead_reason> letter;
    bool terminal;
  };
  /// By a transactional handler, of all tasks of its type together.
  struct execution {
    std::string type;
    wall_time began, ended;
    std::size_t tasks;
  };
  std::vector<effect> effects;          ///< claimed: hand them to the effect executor, their deliveries stay open
  std::vector<ending> endings;          ///< ended, for metrics and log
  std::vector<std::size_t> absorbed;    ///< duplicates: nothing was done
  std::vector<std::size_t> blocked;     ///< under way on another node: to be counted again, their deliveries stay open
  std::vector<std::size_t> handed_off;  ///< the same, and it comes again by itself: nothing more to do here
  std::vector<std::size_t> deferred;    ///< not looked at, as this process may not claim now: to be counted again
  bool met_known = false;               ///< a task was known, for whatever reason
  std::optional<wall_time> next_due;    ///< the earliest outbox row that was added
  std::vector<execution> executions;    ///< if the plan is timed
  /// What handlers want the metrics to know.
  std::vector<unit_of_work::count> counts;
};

/// A transactional handler asked for follow-ups that are not valid. What it did must be rolled back, so this is thrown; once
/// the task stands alone, its verdict is `dead` (invalid_follow_up).
struct follow_ups_refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Executes the plan in `work`'s transaction: inbox, handlers, outcomes, outbox, dead letters. Runs on a database
/// connection's thread. Throws what the database and the handlers throw; then nothing of it happened.
commit_result run_batch_transaction(unit_of_work& work, const commit_plan& plan);

}  // namespace millrace
