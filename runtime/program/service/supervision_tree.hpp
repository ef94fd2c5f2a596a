#pragma once

#include "actors/node/node_context.hpp"
#include "runtime/supervision/supervisor.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace millrace::service {

/// The supervision tree of a node (docs/architecture.md shows it): two storage trees, the background actors, and the broker
/// tree with the outbox relay and one group of consumer, committer and effect executor per queue. Every start is recorded in
/// the node's actor directory.
supervision::supervisor_options make_tree(const actors::node_ptr& shared);

/// The tree of a process that executes quarantined tasks: storage, and effect executors and committers behind a pipe instead
/// of consumers. No actor is restarted: a failure ends the process, and its node starts another one for the task.
supervision::supervisor_options make_isolated_tree(const actors::node_ptr& shared,
                                                   const std::function<void(std::string_view)>& answer);

/// The names of the consumers, for draining.
std::vector<std::string> consumer_names(const config::settings& s);

}  // namespace millrace::service
