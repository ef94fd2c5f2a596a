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

/// Every message of every actor. Who receives it stands above the group; messages never leave the process.
namespace millrace {

// -- postgres pool ----------------------------------------------------------------------------------------------------

/// Work in one transaction. It may run more than once (a lost connection, a lost COMMIT reply), so it must change nothing
/// outside the transaction; what it returns reaches the requester once, after the commit.
using unit_work = std::function<std::any(unit_of_work&)>;
using unit_result = tl::expected<std::any, postgres::failure>;

/// To the pool, and from it to a connection: run this and answer `reply_to` with `unit_done`. Waits while no connection is
/// up.
struct run_unit {
  std::uint64_t sequence;
  unit_work work;
  caf::actor reply_to;
  std::uint32_t losses = 0;     ///< connections that ended while they ran it
  std::uint32_t timed_out = 0;  ///< times that it took longer than a statement may
};
/// A connection to the pool: connected, and free for work.
struct connection_ready {
  caf::actor connection;
};
/// A connection to the pool: the server is away; here is the unit back, as good as new.
struct connection_lost {
  caf::actor connection;
  run_unit unit;
  std::string why;
};
/// To whoever asked: the transaction was committed, or failed in a way (isolate, stop) that waiting does not mend.
struct unit_done {
  std::uint64_t sequence;
  unit_result result;
};

// -- consumer ---------------------------------------------------------------------------------------------------------

/// From the event loop: the broker has registered the consumer, on a new channel.
struct consuming {
  amqp::channel_epoch epoch;
};
// `deliveries` (delivery_buffer.hpp), from the event loop: all deliveries of one read; from the committer: what came while
// it was busy.
/// From the event loop: that subscription, counted from 1, is cancelled; no delivery follows.
struct consume_cancelled {
  std::uint64_t subscription;
};
/// From the event loop: the channel is gone, its unsettled deliveries are the broker's again.
struct interrupted {
  amqp::channel_epoch epoch;
  std::string why;
};
/// From the committer: these are committed; acknowledge them, or hand over to the parking queue what was too large to take.
struct settled {
  std::vector<delivery_key> acknowledge;
  std::vector<delivery_key> reject;
};
/// From the effect executor and the committer, while draining: these will not be settled any more; the broker hands them
/// over again.
struct abandoned {
  std::vector<delivery_key> deliveries;
};
/// From the queue control poll to the consumer, and from it to the effect executor: what operators have set for the queue.
struct queue_limited {
  queue_limits limits;
};
/// From main to the consumer, and from it to the effect executor and the committer: take nothing new. The consumer answers
/// `drained` once all that is under way is settled; the others let go of what they have not begun. From main to the outbox
/// relay, after that: it answers once the rows that it took are confirmed and deleted, so that no other relay publishes them
/// again.
struct drain {
  caf::actor reply_to;
};
struct drained {
  std::string queue;
};

// -- committer --------------------------------------------------------------------------------------------------------

/// From the consumer to the committer and the effect executor, at start: where to send `settled`.
struct attach_consumer {
  caf::actor consumer;
};
/// From the consumer, and from the effect executor what has to be claimed anew: count these, execute what is transactional,
/// hand the effects to the effect executor.
struct commit_deliveries {
  std::vector<decoded_delivery> batch;
};
/// From the effect executor: an effect ended; record it.
struct effect_ended {
  task what;
  std::int64_t claim;
  outcome result;
  std::chrono::nanoseconds took;
  std::vector<delivery_key> keys;  ///< all deliveries that wait for it
  amqp::delivery source;
  long answered = 0;  ///< by the other side, last: an SMTP reply code or an HTTP status; 0: nothing, or it was not traced
};

// -- effect executor
// -----------------------------------------------------------------------------------------------------------

/// From the committer, at start: where to send `effect_ended`.
struct attach_committer {
  caf::actor committer;
};
/// From the committer: the claim is committed; execute it.
struct start_effect {
  decoded_delivery what;
  std::int64_t claim;
  bool leased;                   ///< it starts again without its delivery, which may be acknowledged once it has begun
  std::uint64_t presence_epoch;  ///< of the claim; in another one the task may be another node's
};
/// From a completion, on any thread: the effect's outcome.
struct effect_reported {
  std::uint64_t ticket;
  outcome result;
};

/// From the cancellation poll, to every effect executor: these should not run any more.
struct cancel_effects {
  std::vector<effect_key> effects;
};

// -- isolation ---------------------------------------------------------------------------------------------------------

/// From a consumer: a task that may have crashed a process. Execute it alone; the consumer gets `settled`, or `abandoned`.
struct isolate {
  decoded_delivery what;
  std::string queue;
  caf::actor consumer;
};

// -- outbox relay -----------------------------------------------------------------------------------------------------

/// From a committer: rows were committed; the earliest is due then.
struct outbox_added {
  wall_time due;
};
/// From the event loop: the broker has answered for all rows of a batch.
struct batch_confirmed {
  std::uint64_t batch;
  std::vector<std::int64_t> published;
  std::vector<std::int64_t> unroutable;   ///< no queue takes them
  std::vector<std::int64_t> unconfirmed;  ///< refused, or their fate is unknown
  std::string why;
};

// -- trace exporter ---------------------------------------------------------------------------------------------------

/// From whoever made spans: a batch of them waits.
struct spans_wait {};
/// From the event loop: what the collector has answered to a request.
struct spans_answered {
  enum class verdict : std::uint8_t { taken, later, never };
  std::uint64_t request;
  verdict what;
  std::uint64_t rejected;                           ///< of the spans it took, those that it does not want
  std::optional<std::chrono::seconds> retry_after;  ///< as it wishes
  std::string why;
};

// -- themselves -------------------------------------------------------------------------------------------------------

/// A timer of an actor's own, with the epoch in which it was set.
struct tick {
  std::uint64_t epoch;
};

}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::run_unit)
MILLRACE_LOCAL_MESSAGE(millrace::connection_ready)
MILLRACE_LOCAL_MESSAGE(millrace::connection_lost)
MILLRACE_LOCAL_MESSAGE(millrace::unit_done)
MILLRACE_LOCAL_MESSAGE(millrace::consuming)
MILLRACE_LOCAL_MESSAGE(millrace::deliveries)
MILLRACE_LOCAL_MESSAGE(millrace::consume_cancelled)
MILLRACE_LOCAL_MESSAGE(millrace::interrupted)
MILLRACE_LOCAL_MESSAGE(millrace::settled)
MILLRACE_LOCAL_MESSAGE(millrace::abandoned)
MILLRACE_LOCAL_MESSAGE(millrace::queue_limited)
MILLRACE_LOCAL_MESSAGE(millrace::drain)
MILLRACE_LOCAL_MESSAGE(millrace::drained)
MILLRACE_LOCAL_MESSAGE(millrace::attach_consumer)
MILLRACE_LOCAL_MESSAGE(millrace::commit_deliveries)
MILLRACE_LOCAL_MESSAGE(millrace::effect_ended)
MILLRACE_LOCAL_MESSAGE(millrace::attach_committer)
MILLRACE_LOCAL_MESSAGE(millrace::start_effect)
MILLRACE_LOCAL_MESSAGE(millrace::effect_reported)
MILLRACE_LOCAL_MESSAGE(millrace::cancel_effects)
MILLRACE_LOCAL_MESSAGE(millrace::isolate)
MILLRACE_LOCAL_MESSAGE(millrace::outbox_added)
MILLRACE_LOCAL_MESSAGE(millrace::batch_confirmed)
MILLRACE_LOCAL_MESSAGE(millrace::spans_wait)
MILLRACE_LOCAL_MESSAGE(millrace::spans_answered)
MILLRACE_LOCAL_MESSAGE(millrace::tick)
