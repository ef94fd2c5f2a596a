#pragma once

#include "actors/background/periodic_query.hpp"

namespace millrace {

/// What waits in the outbox, for the metrics: every node of a database sees the same.
periodic_query outbox_gauges(const node_ptr& shared);

}  // namespace millrace
