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

/// Where a task stands. Waiting: scheduled, retrying. Terminal: succeeded, dead, cancelled, expired.
enum class task_state : std::uint8_t { scheduled, running, retrying, succeeded, dead, cancelled, expired };
const char* to_string(task_state state) noexcept;

/// A delivery to be counted. Views must outlive the call.
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
  /// The state the row takes if this delivery counts: `succeeded` for transactional work (corrected by `finish` in the same
  /// transaction where it ended otherwise), `running` for an effect's claim, or scheduled, dead, expired, cancelled.
  task_state state = task_state::succeeded;
  std::string_view error;       ///< for dead, expired, cancelled
  std::string_view result;      ///< JSON text for succeeded, or empty
  bool claimed_before = false;  ///< this process has claimed it already and goes on with it, even if its time is over by now
};

enum class inbox_verdict : std::uint8_t {
  fresh,      ///< counts: execute it (attempt and claim are set)
  resumed,    ///< its row was `running` under an earlier claim, of this node or of a dead one, that is now void: the effect
              ///< may be under way or done
  blocked,    ///< a process that lives has it under way: ask again later, do not acknowledge
  leased,     ///< the same, and it comes back by itself should that process die: acknowledge
  duplicate,  ///< the id is terminal, or waits for another generation: absorb, acknowledge
  conflict,   ///< the id was used with another payload or type: dead letter, the existing row stays as it is
};

struct inbox_answer {
  inbox_verdict verdict = inbox_verdict::duplicate;
  std::uint32_t attempt = 0;  ///< of this execution; for fresh and resumed
  std::int64_t claim = 0;     ///< fencing token that `finish` must show
  bool cancelled = false;     ///< resumed from a dead node, after an operator asked to cancel it: do not begin it again
};

/// Who accepts.
struct accepting_node {
  std::string_view identity;  ///< of the process, as it stands in `task.node`
  bool takes_over = true;     ///< false: every other node counts as alive (see presence)
  bool meets_known = false;   ///< some of the tasks are likely to be known; only a matter of speed
};

/// Inserts or claims rows and says for each what the delivery is, in the order of `rows`. A (tenant, id) may occur only
/// once per call. A waiting row is claimed only by the delivery whose generation is its own plus one; the claim rises with
/// every execution. Keys are locked in sorted order, so concurrent calls cannot deadlock.
std::vector<inbox_answer> accept(unit_of_work& work, std::span<const inbox_row> rows, const accepting_node& node);

/// How an execution ended.
struct finish_row {
  std::string_view tenant;
  std::string id;
  std::int64_t claim = 0;
  task_state state = task_state::succeeded;
  std::string_view result;  ///< JSON text, or empty
  std::string_view error;
  bool counts = true;  ///< false (snooze): the attempt is taken back
  std::uint32_t generation = 0;
  task_state accepted = task_state::running;  ///< the state that `accept` gave the row; succeeded for transactional work
};

enum class finish_verdict : std::uint8_t {
  written,
  cancelled,  ///< it was to wait for another try, but an operator wants it cancelled: so it has ended
  fenced,     ///< nothing was written: another node holds the row, or it has ended already (also by this very outcome, where
              ///< a COMMIT was in doubt)
};

/// Writes the outcome of each row that still is as it was accepted, under that claim, or in that generation under another
/// claim of the same `node`, which executes a publication once at a time.
std::vector<finish_verdict> finish(unit_of_work& work, std::span<const finish_row> rows, std::string_view node);

}  // namespace millrace::postgres
