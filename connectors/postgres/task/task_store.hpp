#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The `task` table: inbox and state of every task. All functions work in the caller's transaction.
namespace millrace::postgres {

/// State of a task. Waiting: scheduled, retrying. Terminal: succeeded, dead, cancelled, expired.
enum class task_state : std::uint8_t { scheduled, running, retrying, succeeded, dead, cancelled, expired };
const char* to_string(task_state state) noexcept;

/// A delivery to record. Views must outlive the call.
struct inbox_row {
  std::string_view tenant;
  std::string id;  ///< UUID text
  std::string_view original_id;
  std::string_view type;
  std::string_view queue;
  std::string_view content_type;
  std::string_view payload;
  std::uint32_t generation = 0;
  std::string_view correlation_id;
  std::string_view traceparent;
  std::string_view reply_to;
  std::optional<std::int64_t> published_at_us;  ///< microseconds since 1970
  std::int64_t received_at_us = 0;
  /// The row's new state if this delivery counts: `succeeded` for transactional work (corrected by `finish` in the same
  /// transaction if it ended otherwise), `running` for an effect's claim, or scheduled, dead, expired, cancelled.
  task_state state = task_state::succeeded;
  std::string_view error;       ///< for dead, expired, cancelled
  std::string_view result;      ///< JSON text for succeeded, or empty
  bool claimed_before = false;  ///< this process has claimed it before and continues it, even if it has expired since
};

enum class inbox_verdict : std::uint8_t {
  fresh,    ///< counts: execute it (attempt and claim are set)
  resumed,  ///< its row was `running` under an earlier claim, of this node or a dead one, which is now void: the effect may
            ///< be running or done
  blocked,  ///< a live process executes it: retry later, do not acknowledge
  leased,   ///< a live process executes it under a lease and it is republished if that process dies: acknowledge
  duplicate,  ///< the id is terminal, or waits for another generation: absorb, acknowledge
  conflict,   ///< the id was used with another payload or type: dead letter, the existing row is unchanged
};

struct inbox_answer {
  inbox_verdict verdict = inbox_verdict::duplicate;
  std::uint32_t attempt = 0;  ///< of this execution; for fresh and resumed
  std::int64_t claim = 0;     ///< fencing token that `finish` must show
  bool cancelled = false;     ///< resumed from a dead node after an operator's cancel request: do not execute it
};

/// The accepting process.
struct accepting_node {
  std::string_view identity;  ///< of the process, as in `task.node`
  bool takes_over = true;     ///< false: every other node counts as alive (see presence)
  bool meets_known = false;   ///< some of the tasks are likely to be known; affects only speed
};

/// Inserts or claims rows and returns the verdict on each delivery, in the order of `rows`. A (tenant, id) may occur only
/// once per call. A waiting row is claimed only by the delivery of its next generation; the claim rises with every
/// execution. Keys are locked in sorted order, so concurrent calls cannot deadlock.
std::vector<inbox_answer> accept(unit_of_work& work, std::span<const inbox_row> rows, const accepting_node& node);

/// The outcome of an execution.
struct finish_row {
  std::string_view tenant;
  std::string id;
  std::int64_t claim = 0;
  task_state state = task_state::succeeded;
  std::string_view result;  ///< JSON text, or empty
  std::string_view error;
  bool counts = true;  ///< false (snooze): the attempt is not counted
  std::uint32_t generation = 0;
  task_state accepted = task_state::running;  ///< the state that `accept` gave the row; succeeded for transactional work
};

enum class finish_verdict : std::uint8_t {
  written,
  cancelled,  ///< it would have been retried, but an operator cancelled it
  fenced,     ///< nothing was written: another node owns the row, or it has already ended (also with this outcome, if a
              ///< COMMIT was in doubt)
};

/// Writes the outcome of each row that is unchanged since it was accepted: under its claim, or in its generation under
/// another claim of `node`, which never executes a publication twice concurrently.
std::vector<finish_verdict> finish(unit_of_work& work, std::span<const finish_row> rows, std::string_view node);

}  // namespace millrace::postgres
