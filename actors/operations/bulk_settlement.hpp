#pragma once

#include "actors/operations/replay.hpp"
#include "connectors/postgres/dead_letter/dead_letter_query.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// Replaying or discarding many dead letters, for the API and the command line.
namespace millrace::operations {

enum class bulk_action : std::uint8_t { replay, discard };

/// The default limit of a replay. All outbox rows of a run exist immediately, whatever its rate; only their due times
/// differ.
inline constexpr std::size_t default_replay_limit = 10'000;

/// One run of a bulk command.
struct bulk_order {
  bulk_action action = bulk_action::replay;
  postgres::dead_letter_filter filter;
  std::size_t limit = default_replay_limit;  ///< settles at most this many
  replay_order details;                      ///< a discard uses `by` and `command` only
};

/// Runs the given work in a transaction. It may run the work more than once, also after a COMMIT in doubt. Throws if the
/// transaction fails.
using transaction_runner = std::function<void(const std::function<void(unit_of_work&)>&)>;

/// Settles the dead letters that match a filter, oldest first, in batches bounded by number and bytes, one transaction each.
/// Committed batches remain if a later one fails; a new run with the same filter continues with the rest. Dead letters that
/// die after the first batch has begun are left out, so that a run ends even if its tasks die again immediately.
///
/// A replay is paced by the due times of its outbox rows: the run itself never waits, and if its process dies, no work is
/// left to resume. To keep the rate over several runs, start the next one at `next_due` of the one before.
class bulk_settlement {
 public:
  bulk_settlement(bulk_order order, transaction_runner run);

  /// Settles the next batch. Returns the result for each of its dead letters; an empty vector means that no dead letter is
  /// left or that the limit is reached.
  std::vector<settled_dead_letter> step();
  /// Once after the last step: refusals for the ids in the filter that match no dead letter.
  std::vector<settled_dead_letter> finish();

  std::size_t settled() const { return settled_; }
  /// Counts the matching dead letters that are still open.
  std::int64_t remaining();
  /// When the next dead letter at this rate would be due. Includes those of a batch whose COMMIT is in doubt.
  wall_time next_due() const;

 private:
  std::vector<settled_dead_letter> settle(unit_of_work& work, const std::vector<std::string>& ids) const;

  bulk_order order_;
  transaction_runner run_;
  std::set<std::string> unseen_;     // ids of the filter that no batch has contained yet
  postgres::dead_letter_mark last_;  // of the last batch
  std::size_t settled_ = 0;
  std::size_t in_doubt_ = 0;  // size of the batch whose transaction has not returned
};

/// The dead letters that a bulk command would settle.
struct bulk_preview {
  std::int64_t matching = 0;
  std::vector<std::pair<std::string, std::int64_t>> by_reason;  ///< most frequent first
  std::vector<postgres::dead_letter_record> oldest;             ///< up to five
};
bulk_preview preview(unit_of_work& work, const postgres::dead_letter_filter& filter);

}  // namespace millrace::operations
