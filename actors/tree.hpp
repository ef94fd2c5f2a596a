#pragma once

#include "actors/node.hpp"
#include "runtime/supervisor.hpp"

#include <vector>

namespace millrace {

/// The supervision tree of a node (docs/architecture.md shows it): two storage trees, and the broker tree with the outbox
/// relay and one group of consumer, committer and runner per queue. Every start is entered in the node's address book.
supervisor_options make_tree(const node_ptr& shared);

/// The names of the consumers, for draining.
std::vector<std::string> consumer_names(const config::settings& s);

}  // namespace millrace
