#pragma once

#include "actors/background/periodic_query.hpp"

namespace millrace {

/// The audit log, to be chained row by row: up to 1,000 rows a look. Any number of nodes may do it; one of them does at a
/// time.
periodic_query audit_sealing();

/// How many rows are not sealed, for the metrics; apart, so that it is told most of all when they cannot be.
periodic_query audit_gauges(const node_ptr& shared);

}  // namespace millrace
