#pragma once

#include "connectors/postgres/task/task_store.hpp"

/// What a delivery means for a task that is already known: the rules of the inbox, without a database.
namespace millrace::postgres {

/// The row as it stands, locked, and how the delivery compares with it.
struct known_task {
  task_state state = task_state::succeeded;
  std::uint32_t generation = 0;
  std::uint32_t attempt = 0;
  std::int64_t claim = 0;
  bool same_type = true;
  bool same_payload = true;
  /// Where it is `running`, who runs it, as far as the caller may take it over.
  enum class executor : std::uint8_t { caller, alive, dead } by = executor::dead;
  bool cancel_requested = false;
  bool leased = false;  ///< it starts again by itself should its node die
};

struct inbox_decision {
  inbox_answer answer;
  bool writes = false;  ///< the row takes this state, the delivery's generation and node, and the answer's attempt and claim
  task_state state = task_state::running;
  bool takes_payload = false;  ///< a replay with an edited payload
};

bool is_waiting(task_state state) noexcept;
bool is_terminal(task_state state) noexcept;
/// Whether a row that enters this state has been executed, or is about to be: running and succeeded.
bool is_executed(task_state state) noexcept;

/// `claimed_before`: by the caller, which counts it again to go on with it.
inbox_decision decide(const known_task& known, std::uint32_t generation, task_state wanted,
                      bool claimed_before = false) noexcept;

}  // namespace millrace::postgres
