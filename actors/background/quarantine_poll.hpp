#pragma once

#include "actors/background/periodic_query.hpp"
#include "connectors/postgres/cluster/crash_store.hpp"

#include <vector>

namespace millrace {

/// Which tasks may have crashed a process, here or on another node.
watched known_suspects(const node_ptr& shared);

/// From now on these are the node's suspects.
void set_suspects(node& shared, const std::vector<postgres::crash_key>& found);

}  // namespace millrace
