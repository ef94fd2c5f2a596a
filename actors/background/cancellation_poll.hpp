#pragma once

#include "actors/background/periodic_query.hpp"

namespace millrace {

/// What runs here and should not any more, for the runners to be told.
periodic_query cancellation_poll(const node_ptr& shared);

}  // namespace millrace
