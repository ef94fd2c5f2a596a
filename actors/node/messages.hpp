#pragma once

#include "actors/delivery/decoded_delivery.hpp"
#include "actors/delivery/delivery_buffer.hpp"
#include "actors/delivery/in_flight_effects.hpp"
#include "actors/delivery/queue_limits.hpp"
#include "connectors/postgres/session/failure.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"
#include "runtime/supervision/caf_compat.hpp"
#include "runtime/task/outcome.hpp"

#include <tl/expected.hpp>

#include <any>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Every message between actors. Messages never leave the process.
namespace millrace::actors {

// -- postgres pool ----------------------------------------------------------------------------------------------------

/// Work in one transaction. It may run more than once (a lost connection, a lost COMMIT reply), so it must change nothing
/// outside the transaction. The requester receives its return value once, after the commit.
using unit_work = std::function<std::any(unit_of_work&)>;
using unit_result = tl::expected<std::any, postgres::failure>;

/// Requester -> postgres pool -> postgres connection: run this unit and answer `reply_to` with `unit_done`. Queued while no
/// connection is up.
struct run_unit {
  std::uint64_t sequence;
  unit_work work;
  caf::actor reply_to;
  std::uint32_t losses = 0;     ///< connections that ended while running it
  std::uint32_t timed_out = 0;  ///< times that it exceeded statement_timeout
};
/// Postgres connection -> postgres pool: connected and ready for work.
struct connection_ready {
  caf::actor connection;
};
/// Postgres connection -> postgres pool: the server is unavailable; this unit has to run again.
struct connection_lost {
  caf::actor connection;
  run_unit unit;
  std::string why;
};
/// Postgres connection or pool -> requester: the transaction was committed, or failed with an error that waiting does not
/// resolve.
struct unit_done {
  std::uint64_t sequence;
  unit_result result;
};

// -- consumer ---------------------------------------------------------------------------------------------------------

/// Event loop -> consumer: the broker has registered the consumer on a new channel.
struct consuming {
  amqp::channel_epoch epoch;
};
// `deliveries` (delivery_buffer.hpp): event loop -> consumer: all deliveries of one read; committer -> consumer: deliveries
// that were buffered during a transaction.
/// Event loop -> consumer: subscription number `subscription`, counted from 1, is cancelled; no delivery follows.
struct consume_cancelled {
  std::uint64_t subscription;
};
/// Event loop -> consumer: the channel is closed; the broker requeues its unsettled deliveries.
struct interrupted {
  amqp::channel_epoch epoch;
  std::string why;
};
/// Committer or isolated executor -> consumer: acknowledge these committed deliveries; reject oversized ones, which the
/// broker moves to the parking queue.
struct settled {
  std::vector<delivery_key> acknowledge;
  std::vector<delivery_key> reject;
};
/// Effect executor, committer or isolated executor -> consumer, while draining: these will not be settled; the broker
/// redelivers them.
struct abandoned {
  std::vector<delivery_key> deliveries;
};
/// Queue control poll -> consumer -> effect executor: the operator's limits for the queue.
struct queue_limited {
  queue_limits limits;
};
/// Service -> consumer -> effect executor, committer and isolated executor: accept nothing new. The consumer answers
/// `drained` once everything in flight is settled; the others release what they have not started. Service -> outbox relay,
/// afterwards: it answers once the rows it took are confirmed and deleted, so that no other relay publishes them again.
/// Service -> trace exporter: it answers once the buffer is exported or the collector has failed.
struct drain {
  caf::actor reply_to;
};
/// Consumer, outbox relay or trace exporter -> service: drained.
struct drained {
  std::string queue;
};

// -- committer --------------------------------------------------------------------------------------------------------

/// Consumer -> committer and effect executor, at start: where to send `settled`.
struct attach_consumer {
  caf::actor consumer;
};
/// Consumer or isolation pipe -> committer: record these, execute transactional tasks, pass effects to the effect executor.
/// Effect executor -> committer: claim these again. Isolated executor -> committer: a dead letter.
struct commit_deliveries {
  std::vector<decoded_delivery> batch;
};
/// Effect executor -> committer: an effect ended; record its outcome.
struct effect_ended {
  task what;
  std::int64_t claim;
  outcome result;
  std::chrono::nanoseconds took;
  std::vector<delivery_key> keys;  ///< all deliveries of the task
  amqp::delivery source;
  /// The remote side's last status: an SMTP reply code or an HTTP status; 0: none, or the effect was not traced.
  long answered = 0;
};

// -- effect executor --------------------------------------------------------------------------------------------------

/// Committer -> effect executor, at start: where to send `effect_ended`.
struct attach_committer {
  caf::actor committer;
};
/// Committer -> effect executor: the claim is committed; execute it.
struct start_effect {
  decoded_delivery delivery;
  std::int64_t claim;
  bool leased;                   ///< it restarts without its delivery, which may be acknowledged once it has started
  std::uint64_t presence_epoch;  ///< of the claim; in a later epoch another node may own the task
};
/// Completion, on any thread -> effect executor: the effect's outcome.
struct effect_reported {
  std::uint64_t ticket;
  outcome result;
};

/// Cancellation poll -> every effect executor: cancel these.
struct cancel_effects {
  std::vector<effect_key> effects;
};

// -- isolated executor ------------------------------------------------------------------------------------------------

/// Consumer -> isolated executor: a task that may have crashed a process. Execute it in a process of its own and answer
/// `settled` or `abandoned`.
struct isolate {
  decoded_delivery delivery;
  std::string queue;
  caf::actor consumer;
};

// -- outbox relay -----------------------------------------------------------------------------------------------------

/// Committer, scheduler or janitor -> outbox relay: rows were committed; the earliest is due at `due`.
struct outbox_added {
  wall_time due;
};
/// Event loop -> outbox relay: the broker has answered for all rows of a batch.
struct batch_confirmed {
  std::uint64_t batch;
  std::vector<std::int64_t> published;
  std::vector<std::int64_t> unroutable;   ///< no queue is bound for them
  std::vector<std::int64_t> unconfirmed;  ///< rejected, or their fate is unknown
  std::string why;
  std::size_t waiting_replies = 0;  ///< results among `unroutable`
  std::size_t dropped_replies = 0;  ///< results among `published` whose queue did not appear in time
};

// -- trace exporter ---------------------------------------------------------------------------------------------------

/// Any actor that creates spans -> trace exporter: a full batch is buffered.
struct spans_wait {};
/// Event loop -> trace exporter: the collector's answer to a request.
struct spans_answered {
  enum class export_result : std::uint8_t { accepted, retry, rejected };
  std::uint64_t request;
  export_result result;
  std::uint64_t rejected;                           ///< spans of an accepted batch that the collector rejected
  std::optional<std::chrono::seconds> retry_after;  ///< requested by the collector
  std::string why;
};

// -- timers -----------------------------------------------------------------------------------------------------------

/// Actor -> itself: a timer, with the epoch in which it was set.
struct tick {
  std::uint64_t epoch;
};

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::run_unit)
MILLRACE_LOCAL_MESSAGE(millrace::actors::connection_ready)
MILLRACE_LOCAL_MESSAGE(millrace::actors::connection_lost)
MILLRACE_LOCAL_MESSAGE(millrace::actors::unit_done)
MILLRACE_LOCAL_MESSAGE(millrace::actors::consuming)
MILLRACE_LOCAL_MESSAGE(millrace::actors::deliveries)
MILLRACE_LOCAL_MESSAGE(millrace::actors::consume_cancelled)
MILLRACE_LOCAL_MESSAGE(millrace::actors::interrupted)
MILLRACE_LOCAL_MESSAGE(millrace::actors::settled)
MILLRACE_LOCAL_MESSAGE(millrace::actors::abandoned)
MILLRACE_LOCAL_MESSAGE(millrace::actors::queue_limited)
MILLRACE_LOCAL_MESSAGE(millrace::actors::drain)
MILLRACE_LOCAL_MESSAGE(millrace::actors::drained)
MILLRACE_LOCAL_MESSAGE(millrace::actors::attach_consumer)
MILLRACE_LOCAL_MESSAGE(millrace::actors::commit_deliveries)
MILLRACE_LOCAL_MESSAGE(millrace::actors::effect_ended)
MILLRACE_LOCAL_MESSAGE(millrace::actors::attach_committer)
MILLRACE_LOCAL_MESSAGE(millrace::actors::start_effect)
MILLRACE_LOCAL_MESSAGE(millrace::actors::effect_reported)
MILLRACE_LOCAL_MESSAGE(millrace::actors::cancel_effects)
MILLRACE_LOCAL_MESSAGE(millrace::actors::isolate)
MILLRACE_LOCAL_MESSAGE(millrace::actors::outbox_added)
MILLRACE_LOCAL_MESSAGE(millrace::actors::batch_confirmed)
MILLRACE_LOCAL_MESSAGE(millrace::actors::spans_wait)
MILLRACE_LOCAL_MESSAGE(millrace::actors::spans_answered)
MILLRACE_LOCAL_MESSAGE(millrace::actors::tick)
