#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// Checks the database's invariants against the journals of producers and receivers. All in the caller's transaction, which
/// must be REPEATABLE READ, so that all checks see one snapshot.
namespace millrace::postgres {

enum class expectation : std::uint8_t {
  done,  ///< must succeed
  dead,  ///< must become a dead letter
  any,   ///< must end
};

/// A task whose publication the broker has confirmed to its producer.
struct confirmed_task {
  std::string tenant;
  std::string id;              ///< UUID text; empty if it was published without an id
  std::string published_id;    ///< id assigned by the producer
  std::string payload_sha256;  ///< hex; identifies a task without an id
  bool replies = false;        ///< it asked for a result
  expectation expect = expectation::done;
  std::uint32_t failures = 0;  ///< executions that its receiver failed on purpose, which count as attempts
};

/// A result that arrived in a `reply_to` queue.
struct received_result {
  std::string tenant;
  std::string id;     ///< UUID text
  std::string state;  ///< terminal state of the task
};

/// Result of one invariant.
struct finding {
  std::string invariant;  ///< "I1" …, the numbers in docs/reliability.md
  std::string what;       ///< name of the breaches, plural: "confirmed tasks lost"
  std::int64_t breaches = 0;
  std::int64_t of = 0;                ///< number of checked items
  bool checked = true;                ///< false: what it is compared with, such as a journal, was not given
  std::vector<std::string> examples;  ///< up to five
};

/// Returns the next item, or false at the end.
template <class T>
using source = std::function<bool(T&)>;

/// Which journals were given. Checks that need another one are reported as not checked.
struct journals_given {
  bool confirmed = false;
  bool effects = false;
  bool results = false;
};

/// Loads the journals into temporary tables, which are dropped at the end of the transaction. Effects are task ids (UUID
/// text), one for each e-mail or webhook that a receiver accepted. `load_repeatable`: the ids of effects that may have been
/// repeated, once for each time they are listed.
void load_confirmed(unit_of_work& work, const source<confirmed_task>& next);
void load_effects(unit_of_work& work, const source<std::string>& next);
void load_results(unit_of_work& work, const source<received_result>& next);
void load_repeatable(unit_of_work& work, const source<std::string>& next);

/// Checks I1 to I6 and I8. All journals must have been loaded, those that were not given as empty ones.
std::vector<finding> check_invariants(unit_of_work& work, journals_given given);

/// The number of messages that stay in each queue on purpose, because their bodies were too large to read.
std::map<std::string, std::int64_t> count_parked(unit_of_work& work);

/// Number of running tasks and of outbox messages due within a minute.
std::int64_t count_in_progress(unit_of_work& work);

}  // namespace millrace::postgres
