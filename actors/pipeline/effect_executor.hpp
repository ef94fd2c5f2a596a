#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/consumer.hpp"
#include "connectors/resilience/active_time.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace {

struct effect_executor_state {
  static inline const char* name = "effect executor";

  struct execution {
    decoded_delivery what;
    std::int64_t claim = 0;
    std::vector<delivery_key> keys;  ///< every delivery that waits for it; a producer's duplicate adds one
    bool leased = false;             ///< once it runs it needs no delivery
    std::uint64_t presence_epoch = 0;
    bool running = false;
    std::shared_ptr<std::atomic<long>> answered{};  ///< see effect_ended; of a traced node's, once it runs
    std::chrono::steady_clock::time_point taken, began;
    active_time::duration deadline{};
  };

  node_ptr shared;
  queue_config role;
  caf::actor committer, consumer;
  std::unordered_map<std::uint64_t, execution> executions;   ///< by ticket
  std::map<std::string, std::uint64_t> tickets;              ///< by tenant, id and generation
  std::map<std::string, std::deque<std::uint64_t>> waiting;  ///< tickets by type, in the order they came
  std::map<std::string, std::size_t> running_by_type;
  std::size_t running = 0;
  std::uint64_t next_ticket = 1;
  bool draining = false;
  queue_limits limits;
  active_time attended{std::chrono::seconds{1}};  ///< looked at by each sweep
};

/// Executes a queue's effects, up to the queue's and the type's concurrency at once; the rest waits here, bounded by the
/// prefetch. An execution is entered in the node's effect journal before it starts, so that a restarted effect executor
/// adopts what its predecessor began, at once, even while it is draining or its queue is paused. One that overruns its
/// type's time-out counts as failed, in attended time, so that a process which was stopped gives nothing up unread; one that
/// could not begin within a third of amqp.consumer_timeout goes back to the end of its queue, without an attempt. Deliveries
/// of leased tasks are settled when they begin. While its queue is paused, what has not begun goes back to the queue as
/// well.
caf::behavior effect_executor(caf::stateful_actor<effect_executor_state>* self, node_ptr shared, queue_config role);

}  // namespace millrace
