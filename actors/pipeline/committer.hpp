#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"
#include "actors/pipeline/consumer.hpp"
#include "actors/storage/pool_client.hpp"
#include "runtime/flow/group_commit.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

struct committer_state {
  static inline const char* name = "committer";

  using commits = group_commit<commit_item, task_key, task_key_hash>;
  using items_ptr = std::shared_ptr<const std::vector<commit_item>>;

  node_ptr shared;
  queue_config role;
  std::shared_ptr<delivery_buffer> incoming;
  caf::actor executor;
  caf::actor consumer;
  std::unique_ptr<pool_client> database;
  std::unique_ptr<commits> gathering;
  std::vector<items_ptr> parts;           ///< what is left of a batch that failed as a whole, next one last
  std::vector<decoded_delivery> blocked;  ///< another node has them under way; at most as many as were delivered
  std::chrono::milliseconds blocked_pause{0};
  bool meets_known = false;  ///< the last batch did
  bool recounting = false;   ///< what was blocked is being counted again
  bool draining = false;
};

/// The one writer of a queue's tasks: while one transaction runs, the next batch gathers (natural group commit). Counts
/// deliveries against the inbox, executes transactional handlers, claims effects for the effect executor and records their
/// outcomes; answers the consumer only after the commit. A batch that fails because of one row's data is halved until the
/// row stands alone; the others commit. What another living node has under way is counted again up to every 100 ms until
/// that node has ended it or has died. At start it counts once more whatever its predecessor had claimed (see
/// in_flight_effects). While the database is away, the batch waits, and the broker holds what is behind it.
caf::behavior committer(caf::stateful_actor<committer_state>* self, node_ptr shared, queue_config role,
                        std::shared_ptr<delivery_buffer> incoming, caf::actor executor);

}  // namespace millrace
