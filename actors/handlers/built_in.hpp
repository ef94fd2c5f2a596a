#pragma once

#include "config/settings.hpp"
#include "runtime/task/handler_registry.hpp"

namespace millrace::handlers {

/// Registers the built-in task types with their policies, under fault injection also `test.record`, and applies the
/// configuration's `types.…`. Throws std::invalid_argument, which names the option, if a handler rejects its settings or a
/// type is unknown.
void add_built_in_handlers(registry& handlers, const config::settings& s);

}  // namespace millrace::handlers
