#pragma once

#include "actors/node/broker_connections.hpp"
#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "runtime/flow/ack_tracker.hpp"
#include "runtime/flow/token_bucket.hpp"

#include <deque>
#include <memory>

namespace millrace {

/// What distinguishes one queue's actors from another's.
struct queue_config {
  config::queue_settings settings;
  bool dead_letters = false;  ///< the dead-letter queue: everything in it ends in the dead_letter table
};

struct consumer_state {
  static inline const char* name = "consumer";

  node_ptr shared;
  queue_config role;
  std::shared_ptr<delivery_buffer> incoming;
  caf::actor committer, executor;
  std::shared_ptr<broker> connections;
  std::unique_ptr<broker::subscription> subscription;  ///< none while paused
  std::uint64_t subscriptions = 0;                     ///< how many there have been
  queue_limits limits;
  std::optional<token_bucket> pace;      ///< where a rate is set
  std::deque<decoded_delivery> waiting;  ///< for their turn by that rate
  amqp::channel_epoch epoch{};
  ack_tracker unacked;
  /// Since when the oldest of a message's deliveries waits, and the last of their tags.
  struct hand {
    std::uint64_t last;
    wall_time oldest;
  };
  std::deque<hand> in_hand;   ///< of which something is unsettled; at most as many as deliveries
  std::size_t abandoned = 0;  ///< unsettled deliveries that nobody works on any more
  bool draining = false;      ///< for good
  caf::actor drain_to;        ///< until it is told
  bool cancelled = false;     ///< no delivery comes any more

  ~consumer_state();
};

/// Takes one queue's deliveries, decodes them and passes them to the committer; acknowledges what comes back settled.
/// The broker's prefetch is the credit: no more can be in flight, so nothing here needs a limit of its own. Ends (and is
/// restarted with its siblings) if there is no broker link to consume from. While its queue is paused it takes nothing; what
/// is under way is finished. Under a rate, deliveries wait here for their turn, few enough to be at most ten seconds' worth.
caf::behavior consumer(caf::stateful_actor<consumer_state>* self, node_ptr shared, queue_config role,
                       std::shared_ptr<delivery_buffer> incoming, caf::actor committer, caf::actor executor);

}  // namespace millrace
