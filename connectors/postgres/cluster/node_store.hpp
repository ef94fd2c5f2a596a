#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <string>
#include <vector>

/// The `node` table: processes that have joined, and which of them live (see presence).
namespace millrace::postgres {

struct node_record {
  std::string identity, name, version;
  std::string started_at;  ///< RFC 3339
  bool alive = false;
};
/// Enters a process, once; then forgets up to 100 that joined over a week ago and are dead.
void enter_node(unit_of_work& work, const std::string& identity, const std::string& name, const std::string& version);
/// Those that joined within the last day and those that live, the youngest first; up to 1,000.
std::vector<node_record> list_nodes(unit_of_work& work);
/// How many live; at least 1, as the caller does.
std::size_t count_living_nodes(unit_of_work& work);

}  // namespace millrace::postgres
