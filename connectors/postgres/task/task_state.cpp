#include "connectors/postgres/task/task_state.hpp"

#include <array>
#include <stdexcept>
#include <string>

namespace millrace::postgres {

namespace {
constexpr std::array states{task_state::scheduled, task_state::running,   task_state::retrying, task_state::succeeded,
                            task_state::dead,      task_state::cancelled, task_state::expired};
}

const char* to_string(task_state state) noexcept {
  switch (state) {
    case task_state::scheduled:
      return "scheduled";
    case task_state::running:
      return "running";
    case task_state::retrying:
      return "retrying";
    case task_state::succeeded:
      return "succeeded";
    case task_state::dead:
      return "dead";
    case task_state::cancelled:
      return "cancelled";
    case task_state::expired:
      return "expired";
  }
  return "unknown";
}

task_state task_state_of(std::string_view name) {
  for (const auto state : states)
    if (name == to_string(state)) return state;
  throw std::logic_error("no such task state: " + std::string(name));
}

}  // namespace millrace::postgres
