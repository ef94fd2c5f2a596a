#pragma once

#include "config/settings.hpp"
#include "connectors/postgres/dead_letter/dead_letter_settlement.hpp"
#include "connectors/postgres/task/outbox_store.hpp"
#include "runtime/task/task.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// Replaying and discarding dead letters. A replayed task is published again through the outbox, as its next generation.
namespace millrace::operations {

/// One run of an operator's command; it may span many transactions.
struct replay_order {
  postgres::settlement by;                ///< its run_id makes it safe to repeat a transaction
  std::string command;                    ///< JSON text for the audit log: the request
  bool again = false;                     ///< include dead letters that were replayed or discarded before
  std::optional<std::string> edit;        ///< replaces the payload; the dead letter keeps the original
  std::string to_queue;                   ///< replaces the original queue, unless empty
  std::set<std::string> queues;           ///< `task_queues`
  wall_time first_due;                    ///< due time of the first
  std::chrono::microseconds interval{0};  ///< between the due times of two: the pace of the replay
};

/// The queues that nodes consume, without the dead-letter queue.
std::set<std::string> task_queues(const config::settings& s);

/// The result for one dead letter.
struct settled_dead_letter {
  std::string id, task_id;
  std::string refusal;  ///< the reason and what to do; empty: done
};

/// Why this dead letter cannot be replayed, or nothing. `task` is the row of its task, if it exists. Pure.
std::optional<std::string> replay_refusal(const postgres::dead_letter_record& dead_letter,
                                          const std::optional<postgres::locked_task>& task, const replay_order& order);

/// The message to publish. Takes over the original message's own properties (priority, deadline, reply_to, …), but neither
/// the broker's headers (x-death and others) nor foreign ones. Without a known queue it is routed by its type through
/// exchange `millrace`. Pure.
postgres::outbox_row replay_publication(const postgres::locked_dead_letter& dead,
                                        const std::optional<postgres::locked_task>& task, const replay_order& order);

/// Replays the dead letters with these ids in `work`'s transaction: their tasks become `retrying`, the next generation goes
/// into the outbox, the dead letters are marked and audited. `first` adds the command's own audit row: pass false once a
/// dead letter of this run has been settled. Safe to repeat after a COMMIT in doubt. Results are in ascending order of ids;
/// an id that does not exist is refused.
std::vector<settled_dead_letter> replay_batch(unit_of_work& work, std::span<const std::string> ids,
                                              const replay_order& order, bool first);

/// Marks the dead letters with these ids as discarded, in the same way. Keeps all rows and changes no task.
std::vector<settled_dead_letter> discard_batch(unit_of_work& work, std::span<const std::string> ids,
                                               const postgres::settlement& by, const std::string& command, bool first);

}  // namespace millrace::operations
