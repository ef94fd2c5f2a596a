#pragma once

#include "connectors/postgres/task/task_store.hpp"

#include <string_view>

namespace millrace::postgres {

/// The state of that name, as the database's enum writes it; throws std::logic_error for another.
task_state task_state_of(std::string_view name);

}  // namespace millrace::postgres
