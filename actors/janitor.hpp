#pragma once

#include "actors/watch.hpp"

namespace millrace {

/// Long tasks whose node has died, to be sent out again. Any number of nodes may do it at once.
watched leases_of_the_dead(const node_ptr& shared);

}  // namespace millrace
