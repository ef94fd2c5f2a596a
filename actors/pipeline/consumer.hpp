#pragma once

#include "actors/node/broker.hpp"
#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/ordered_dispatch.hpp"
#include "runtime/flow/ack_tracker.hpp"
#include "runtime/flow/token_bucket.hpp"

#include <deque>
#include <memory>

namespace millrace::actors {

/// Configuration of one queue's actors.
struct queue_config {
  config::queue_settings settings;
  bool dead_letters = false;  ///< the dead-letter queue: every message in it becomes a row of the dead_letter table
};

struct consumer_state {
  static inline const char* name = "consumer";

  node_ptr shared;
  queue_config config;
  std::shared_ptr<delivery_buffer> incoming;
  caf::actor committer, executor;
  std::shared_ptr<broker> connections;
  std::unique_ptr<broker::subscription> subscription;  ///< null while paused
  std::uint64_t subscriptions = 0;                     ///< number of subscriptions so far
  queue_limits limits;
  std::optional<flow::token_bucket> rate;  ///< set while a rate limit applies
  std::deque<decoded_delivery> waiting;    ///< deliveries held back by the rate limit
  amqp::channel_epoch epoch{};
  flow::ack_tracker unacked;
  /// Of one read: the last delivery tag, and since when its oldest task has been waiting.
  struct read_age {
    std::uint64_t last_tag;
    wall_time oldest;
  };
  std::deque<read_age> reads;               ///< reads with unsettled deliveries; at most one per delivery
  std::size_t abandoned = 0;                ///< unsettled deliveries that no actor works on any more
  bool draining = false;                    ///< permanently
  caf::actor drain_to;                      ///< answered and reset once drained
  bool cancelled = false;                   ///< no delivery follows
  ordered_dispatch ordered;                 ///< of an ordered queue: what may be executed now
  bool handing_over = false;                ///< an ordered queue: executes what was started, then closes the connection
  std::vector<broker::settlement> rejects;  ///< of a hand-over, until its end

  ~consumer_state();
};

/// Receives one queue's deliveries, decodes them, passes them to the committer and acknowledges what it settles. The
/// broker's prefetch limits deliveries in flight, so no other limit is needed here. Fails, and is restarted with its
/// siblings, if there is no broker link. While the queue is paused it receives nothing; tasks in progress are completed. A
/// rate limit holds deliveries back here, at most ten seconds' worth.
///
/// An ordered queue is consumed on a connection of its own. To stop, it acknowledges nothing further, starts nothing
/// further, and once all that was started is settled, it acknowledges all of it and closes the connection. While this node's
/// presence is lost, the connection is closed, too. Then the broker passes the rest to the next node, in order.
caf::behavior consumer(caf::stateful_actor<consumer_state>* self, node_ptr shared, queue_config config,
                       std::shared_ptr<delivery_buffer> incoming, caf::actor committer, caf::actor executor);

}  // namespace millrace::actors
