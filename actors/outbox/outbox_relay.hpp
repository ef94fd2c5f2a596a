#pragma once

#include "actors/node/broker.hpp"
#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/outbox/publish_spans.hpp"
#include "actors/storage/pool_client.hpp"
#include "connectors/postgres/task/outbox_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

namespace millrace::actors {

struct outbox_relay_state {
  static inline const char* name = "outbox relay";

  node_ptr shared;
  std::shared_ptr<broker> connections;
  std::unique_ptr<pool_client> database;
  std::size_t units = 0;  ///< units of work in progress
  struct published_batch {
    std::size_t rows;   ///< not answered
    bool slow = false;  ///< a target does not confirm; the batch no longer holds up others
  };
  std::map<std::uint64_t, published_batch> batches;  ///< by number
  publish_spans spans;
  std::uint64_t newest = 0;                      ///< number of the newest batch
  std::size_t requested = 0;                     ///< upper bound of the rows that units in progress may return
  std::chrono::milliseconds ordered_wait{0};     ///< while another relay publishes rows of an ordered queue; else 0
  bool draining = false;                         ///< takes no more rows
  caf::actor drain_to;                           ///< notified once all taken rows are confirmed and deleted
  std::uint64_t timer = 0;                       ///< epoch of the newest timer
  std::chrono::steady_clock::time_point wake{};  ///< when that timer fires
};

/// Takes due rows of the outbox, publishes them with confirms and deletes the confirmed ones. Every publication of a task
/// leaves the node this way. While the broker confirms one batch, the database handles another. Any number of nodes may run
/// a relay. A row that was published but not deleted is published again, and the inbox deduplicates it. A row that no queue
/// is bound for stays, and is retried at growing intervals.
caf::behavior outbox_relay(caf::stateful_actor<outbox_relay_state>* self, node_ptr shared);

}  // namespace millrace::actors
