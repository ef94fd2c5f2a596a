#pragma once

#include "actors/background/periodic_query.hpp"

namespace millrace {

/// What was left behind: long tasks whose node has died are sent out again; where there is an API, its idempotency keys are
/// forgotten once they are older than `api.idempotency_retention`. A bounded number each time. Any number of nodes may do it
/// at once.
periodic_query janitor(const node_ptr& shared);

}  // namespace millrace
