#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

namespace millrace {

/// Gives the event loop a job once a second and notes how long it waited: what every socket waits for too.
caf::behavior loop_lag_probe(caf::event_based_actor* self, const node_ptr& shared);

}  // namespace millrace
