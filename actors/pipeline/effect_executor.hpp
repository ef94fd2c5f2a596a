#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/consumer.hpp"
#include "connectors/resilience/active_time.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace millrace::actors {

struct effect_executor_state {
  static inline const char* name = "effect executor";

  struct execution {
    decoded_delivery delivery;
    std::int64_t claim = 0;
    std::vector<delivery_key> keys;  ///< all deliveries of the task; a producer's duplicate adds one
    bool leased = false;             ///< needs no delivery once it runs
    std::uint64_t presence_epoch = 0;
    bool running = false;
    std::shared_ptr<std::atomic<long>> answered{};  ///< see effect_ended; set once it runs, if the node traces
    std::chrono::steady_clock::time_point taken, began;
    resilience::active_time::duration deadline{};
  };

  /// Of a waiting execution: higher AMQP priorities first, then the earlier ticket.
  struct place {
    int inverse_priority;
    std::uint64_t ticket;
    bool operator<(const place& other) const {
      return std::tie(inverse_priority, ticket) < std::tie(other.inverse_priority, other.ticket);
    }
  };

  node_ptr shared;
  queue_config config;
  caf::actor committer, consumer;
  std::unordered_map<std::uint64_t, execution> executions;  ///< by ticket
  std::map<std::string, std::uint64_t> tickets;             ///< by tenant, id and generation
  std::map<std::string, std::set<place>> waiting;           ///< by type, in the order of execution
  std::map<std::string, std::size_t> running_by_type;
  std::size_t running = 0;
  std::uint64_t next_ticket = 1;
  bool draining = false;
  queue_limits limits;
  resilience::active_time clock{std::chrono::seconds{1}};  ///< updated by each sweep
};

/// Executes a queue's effects within the queue's and the type's concurrency. The rest waits here, bounded by the prefetch,
/// and starts by AMQP priority, then in arrival order; an ordered queue in arrival order alone.
/// An execution is registered in in_flight_effects before it starts, so that a restarted effect executor immediately adopts
/// what its predecessor started, even while draining or paused. An execution that exceeds its type's time-out fails; the
/// time-out excludes suspensions of the process. A task that could not start within a third of amqp.consumer_timeout returns
/// to the end of its queue, without an attempt. Deliveries of leased tasks are settled when they start. While the queue is
/// paused, tasks that have not started return to the queue as well.
caf::behavior effect_executor(caf::stateful_actor<effect_executor_state>* self, node_ptr shared, queue_config config);

}  // namespace millrace::actors
