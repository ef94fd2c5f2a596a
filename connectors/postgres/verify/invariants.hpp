#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// What must hold in the database whatever happened, checked against what producers and receivers saw. All in the caller's
/// transaction, which has to be REPEATABLE READ, so that every check sees the same moment.
namespace millrace::postgres {

enum class expectation : std::uint8_t {
  done,  ///< has to succeed
  dead,  ///< has to become a dead letter
  any,   ///< has to end
};

/// A task whose publication the broker has confirmed to its producer.
struct confirmed_task {
  std::string tenant;
  std::string id;            ///< UUID text
  std::string published_id;  ///< as the producer gave it
  expectation expect = expectation::done;
  std::uint32_t failures = 0;  ///< executions that its receiver made fail, so that they count as attempts
};

/// One invariant's figure.
struct finding {
  std::string invariant;  ///< "I1" … as docs/reliability.md numbers them
  std::string what;       ///< what a breach is, in the plural: "confirmed tasks lost"
  std::int64_t breaches = 0;
  std::int64_t of = 0;                ///< how many were looked at
  std::vector<std::string> examples;  ///< up to five
};

/// Hands over the next item, or false at the end.
template <class T>
using source = std::function<bool(T&)>;

/// Loads the journals into temporary tables that vanish with the transaction. Effects are task ids (UUID text), one for
/// each e-mail or webhook that a receiver accepted.
void load_confirmed(unit_of_work& work, const source<confirmed_task>& next);
void load_effects(unit_of_work& work, const source<std::string>& next);

/// I1 to I6 and I8. Without effects loaded their checks are left out.
std::vector<finding> check_invariants(unit_of_work& work, bool with_effects);

/// Tasks that run, and outbox messages that are due within a minute.
std::int64_t count_under_way(unit_of_work& work);

}  // namespace millrace::postgres
