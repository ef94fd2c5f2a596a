#pragma once

#include "actors/background/periodic_query.hpp"
#include "connectors/postgres/cluster/crash_store.hpp"

#include <span>
#include <vector>

namespace millrace::actors {

/// One entry of the table of database polls. The supervision tree starts an actor for each.
struct database_poll {
  const char* actor;                               ///< the actor's name
  periodic_query (*make)(const node_ptr& shared);  ///< called at each start of the supervision tree
  bool in_isolated_process = false;                ///< false: runs in the node's own process only
};

/// Every database poll of a node. To add one, add an entry to the table in database_polls.cpp.
std::span<const database_poll> database_polls() noexcept;

/// Replaces the node's set of quarantined tasks. Rows without a valid task id are ignored.
void set_quarantine(node_context& shared, const std::vector<postgres::crash_key>& found);

}  // namespace millrace::actors
