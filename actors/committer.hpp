#pragma once

#include "actors/commit_batch.hpp"
#include "actors/consumer.hpp"
#include "actors/interfaces.hpp"
#include "actors/node.hpp"
#include "actors/pool_client.hpp"
#include "runtime/group_commit.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

struct committer_state {
  static inline const char* name = "committer";

  using commits = group_commit<commit_item, std::string>;
  using items_ptr = std::shared_ptr<const std::vector<commit_item>>;

  node_ptr shared;
  queue_role role;
  caf::actor runner;
  caf::actor consumer;
  std::unique_ptr<pool_client> database;
  std::unique_ptr<commits> gathering;
  std::vector<items_ptr> parts;  ///< what is left of a batch that failed as a whole, next one last
};

/// The one writer of a queue's tasks: while one transaction runs, the next batch gathers (natural group commit). Counts
/// deliveries against the inbox, executes transactional handlers, claims effects for the runner and records their outcomes;
/// answers the consumer only after the commit. A batch that fails because of one row's data is halved until the row stands
/// alone; the others commit. While the database is away, the batch waits, and the broker holds what is behind it.
caf::behavior committer(caf::stateful_actor<committer_state>* self, node_ptr shared, queue_role role, caf::actor runner);

}  // namespace millrace
