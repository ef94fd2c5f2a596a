#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

namespace millrace {

/// Counts once a second which circuit breakers are not closed, for the metrics.
caf::behavior breaker_gauges(caf::event_based_actor* self, const node_ptr& shared);

}  // namespace millrace
