#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <string>
#include <vector>

/// The `node` table: registered processes, and which of them are alive (see presence).
namespace millrace::postgres {

struct node_record {
  std::string identity, name, version;
  std::string started_at;  ///< RFC 3339
  bool alive = false;
};
/// Registers a process, once, and deletes up to 100 dead ones that were registered over a week ago.
void enter_node(unit_of_work& work, const std::string& identity, const std::string& name, const std::string& version);
/// The processes registered within the last day and those that are alive, newest first; up to 1,000.
std::vector<node_record> list_nodes(unit_of_work& work);
/// Number of live processes; at least 1, the caller.
std::size_t count_living_nodes(unit_of_work& work);

}  // namespace millrace::postgres
