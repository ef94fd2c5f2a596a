#include "connectors/postgres/task/inbox_decision.hpp"

namespace millrace::postgres {

bool is_waiting(task_state state) noexcept { return state == task_state::scheduled || state == task_state::retrying; }
bool is_terminal(task_state state) noexcept { return !is_waiting(state) && state != task_state::running; }
bool is_executed(task_state state) noexcept { return state == task_state::running || state == task_state::succeeded; }

inbox_decision decide(const known_task& known, std::uint32_t generation, task_state wanted, bool claimed_before) noexcept {
  const auto refuse = [](inbox_verdict verdict) { return inbox_decision{.answer = {.verdict = verdict}}; };
  const auto claim = [&](inbox_verdict verdict, std::uint32_t attempt) {
    return inbox_decision{.answer = {.verdict = verdict, .attempt = attempt, .claim = known.claim + 1},
                          .writes = true,
                          .state = wanted,
                          .takes_payload = !known.same_payload};
  };
  // In 64 bits, so that the last generation has no successor instead of 0.
  const bool awaited = is_waiting(known.state) && generation == std::uint64_t{known.generation} + 1;
  if (!known.same_type || (!known.same_payload && !awaited)) return refuse(inbox_verdict::conflict);
  if (awaited) return claim(inbox_verdict::fresh, known.attempt + (is_executed(wanted) ? 1 : 0));
  if (known.state == task_state::running && generation == known.generation) {
    // A copy that must not be executed (dead-lettered, expired) also has to wait for the execution in its own process.
    const bool waits = known.by == known_task::executor::caller ? wanted != task_state::running && !claimed_before
                                                                : known.by == known_task::executor::alive;
    if (waits) return refuse(known.leased ? inbox_verdict::leased : inbox_verdict::blocked);
    auto resumed = claim(inbox_verdict::resumed, known.attempt);
    resumed.answer.cancelled = known.cancel_requested && known.by == known_task::executor::dead;
    // It began in time, so its outcome counts. A cancelled one ends like any other execution.
    if (wanted == task_state::expired || claimed_before || resumed.answer.cancelled) resumed.state = task_state::running;
    return resumed;
  }
  return refuse(inbox_verdict::duplicate);
}

}  // namespace millrace::postgres
