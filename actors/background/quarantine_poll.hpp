#pragma once

#include "actors/background/periodic_query.hpp"
#include "connectors/postgres/cluster/crash_store.hpp"

#include <vector>

namespace millrace {

/// Which tasks may have crashed a process, here or on another node.
periodic_query quarantine_poll(const node_ptr& shared);

/// From now on these are the node's quarantine.
void set_quarantine(node_context& shared, const std::vector<postgres::crash_key>& found);

}  // namespace millrace
