#pragma once

#include "config/settings.hpp"
#include "runtime/task/handler_registry.hpp"

namespace millrace {

/// Adds the task types that come with Millrace, each with its own policy, and then what `types.…` of the configuration
/// changes. Throws std::invalid_argument, naming the option, if a handler refuses its settings or a type is not known.
void add_built_in_handlers(registry& handlers, const config::settings& s);

}  // namespace millrace
