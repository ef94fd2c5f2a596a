#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"
#include "actors/pipeline/consumer.hpp"
#include "actors/storage/pool_client.hpp"
#include "runtime/flow/group_commit.hpp"

#include <any>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace millrace::actors {

/// The transaction of a batch, as the committer submits it to the pool. Returns a `std::shared_ptr<const commit_result>`. A
/// named type, so that a test can read the plan of a submitted unit.
struct batch_work {
  std::shared_ptr<const commit_plan> plan;
  std::shared_ptr<std::atomic<bool>> refused;  ///< set before it throws because a handler requested invalid follow-ups

  std::any operator()(unit_of_work& work) const;
};

struct committer_state {
  static inline const char* name = "committer";

  using commits = flow::group_commit<commit_item, task_key, task_key_hash>;
  using items_ptr = std::shared_ptr<const std::vector<commit_item>>;

  node_ptr shared;
  queue_config config;
  std::shared_ptr<delivery_buffer> incoming;
  caf::actor executor;
  caf::actor consumer;
  std::unique_ptr<pool_client> database;
  std::unique_ptr<commits> batches;
  std::vector<items_ptr> parts;           ///< the remaining parts of a batch that failed as a whole; the next one is last
  std::vector<decoded_delivery> blocked;  ///< executed by another node; at most as many as there are open deliveries
  std::chrono::milliseconds blocked_pause{0};
  std::optional<std::chrono::steady_clock::time_point> slow_since;  ///< when the first task of an ordered queue timed out
  bool expects_recorded = false;                                    ///< the last batch contained recorded tasks
  bool rechecking = false;                                          ///< blocked deliveries are being recorded again
  bool draining = false;
};

/// The only writer of a queue's tasks. While one transaction runs, the next batch is collected (natural group commit).
/// Records deliveries in the inbox, executes transactional handlers, claims effects for the effect executor and records
/// their outcomes. Answers the consumer only after the commit. A batch that fails because of one row's data is halved until
/// that row is alone; the others commit. A task that another living node executes is retried up to every 100 ms until that
/// node has ended it or died. At start, records again what its predecessor had claimed (see in_flight_effects). While the
/// database is unavailable, the batch waits and the broker keeps later messages.
caf::behavior committer(caf::stateful_actor<committer_state>* self, node_ptr shared, queue_config config,
                        std::shared_ptr<delivery_buffer> incoming, caf::actor executor);

}  // namespace millrace::actors
