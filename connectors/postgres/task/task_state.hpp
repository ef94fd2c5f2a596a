#pragma once

#include "connectors/postgres/task/task_store.hpp"

#include <string_view>

namespace millrace::postgres {

/// The state of that name in the database's enum; std::logic_error for other names.
task_state task_state_of(std::string_view name);

}  // namespace millrace::postgres
