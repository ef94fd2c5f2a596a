#pragma once

#include "connectors/postgres/task/task_store.hpp"

/// The inbox's rules for a delivery of a known task, without a database.
namespace millrace::postgres {

/// The locked row, and how the delivery compares with it.
struct known_task {
  task_state state = task_state::succeeded;
  std::uint32_t generation = 0;
  std::uint32_t attempt = 0;
  std::int64_t claim = 0;
  bool same_type = true;
  bool same_payload = true;
  /// The executing process of a `running` row, for deciding about a takeover.
  enum class executor : std::uint8_t { caller, alive, dead } by = executor::dead;
  bool cancel_requested = false;
  bool leased = false;  ///< it is restarted automatically if its node dies
};

struct inbox_decision {
  inbox_answer answer;
  bool writes = false;  ///< the row takes this state, the delivery's generation and node, and the answer's attempt and claim
  task_state state = task_state::running;
  bool takes_payload = false;  ///< a replay with an edited payload
};

bool is_waiting(task_state state) noexcept;
bool is_terminal(task_state state) noexcept;
/// True for the states of a row that has been or is about to be executed: running and succeeded.
bool is_executed(task_state state) noexcept;

/// `claimed_before`: claimed by the caller, which continues its execution.
inbox_decision decide(const known_task& known, std::uint32_t generation, task_state wanted,
                      bool claimed_before = false) noexcept;

}  // namespace millrace::postgres
