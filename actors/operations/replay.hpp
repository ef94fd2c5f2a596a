#pragma once

#include "connectors/postgres/dead_letter/dead_letter_settlement.hpp"
#include "connectors/postgres/task/outbox_store.hpp"
#include "runtime/task/task.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// Giving dead letters another chance: their tasks go out once more, by the outbox, one generation on.
namespace millrace {

/// One run of an operator's command; many transactions.
struct replay_order {
  postgres::settlement by;             ///< its run_id makes it safe to repeat a transaction
  std::string command;                 ///< JSON text for the audit log: what was asked for
  bool again = false;                  ///< letters that were replayed or discarded before as well
  std::optional<std::string> edit;     ///< in place of the payload; the letter stays as it is
  std::string to_queue;                ///< in place of the queue it came by, or empty
  std::set<std::string> queues;        ///< those that nodes consume, without the dead-letter queue
  wall_time now;                       ///< the first is due then
  std::chrono::microseconds apart{0};  ///< and each further one so much later: the pace of the replay
};

/// What became of a letter.
struct settled_dead_letter {
  std::string id, task_id;
  std::string refusal;  ///< why not, and what to do; empty: done
};

/// Why this letter cannot be replayed, or nothing. `task` is the row of its task, if there is one. Pure.
std::optional<std::string> replay_refusal(const postgres::dead_letter_record& letter,
                                          const std::optional<postgres::locked_task>& task, const replay_order& order);

/// The message that goes out. It is made of what the original message said of itself (priority, deadline, reply_to, …); the
/// broker's headers (x-death and others) and those that are not ours are left behind. Without a known queue it goes by its
/// type through exchange `millrace`. Pure.
postgres::outbox_row replay_publication(const postgres::locked_dead_letter& dead,
                                        const std::optional<postgres::locked_task>& task, const replay_order& order);

/// Replays the letters of these ids in `work`'s transaction: their tasks wait for the next generation, the outbox has it,
/// the letters are marked, the audit log tells. `first` adds the command's own audit row; false once one has been written.
/// Safe to run again after a COMMIT in doubt. In ascending order of ids; an id that does not exist is refused.
std::vector<settled_dead_letter> replay_batch(unit_of_work& work, std::span<const std::string> ids,
                                              const replay_order& order, bool first);

/// Marks the letters of these ids as discarded, in the same way. Nothing is deleted and no task changes.
std::vector<settled_dead_letter> discard_batch(unit_of_work& work, std::span<const std::string> ids,
                                               const postgres::settlement& by, const std::string& command, bool first);

}  // namespace millrace
