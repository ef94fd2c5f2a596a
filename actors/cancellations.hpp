#pragma once

#include "actors/watch.hpp"

namespace millrace {

/// What runs here and should not any more, for the runners to be told.
watched cancellations(const node_ptr& shared);

}  // namespace millrace
