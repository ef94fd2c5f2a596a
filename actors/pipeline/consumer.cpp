#include "actors/pipeline/consumer.hpp"

#include "actors/pipeline/consumer_forwarding.hpp"
#include "actors/pipeline/consumer_intake.hpp"
#include "actors/pipeline/series.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/supervision/crash_points.hpp"
#include "runtime/task/jitter.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

using monitoring::level;
using actor_self = consumer_self;

/// Fires regularly while an ordered queue is consumed.
struct presence_check {};
constexpr std::chrono::milliseconds presence_interval{500};

void close_channel(actor_self self);
void finish_hand_over(actor_self self);

/// Whether nothing is in flight and nothing follows.
bool stopped(const consumer_state& st) {
  if (is_ordered(st)) return !st.subscription;
  // Deliveries on their way here would still be committed, but acknowledged too late.
  return st.cancelled && st.incoming->empty();
}

void in_flight_changed(actor_self self) {
  auto& st = self->state;
  report_oldest_age(st);
  st.shared->metrics.in_flight(st.config.settings.name, st.unacked.unsettled());
  if (st.unacked.unsettled() > st.abandoned) return;
  if (st.handing_over) return finish_hand_over(self);
  if (!stopped(st)) return;
  if (st.limits.paused && st.subscription) return close_channel(self);
  if (!st.drain_to) return;
  if (st.shared->in_flight.count_running(st.config.settings.name) == 0) {
    self->send(st.drain_to, drained{st.config.settings.name});
    st.drain_to = nullptr;
  }
}

void start_epoch(actor_self self, amqp::channel_epoch epoch) {
  self->state.epoch = epoch;
  self->state.unacked.reset();
  self->state.reads.clear();
  self->state.abandoned = 0;
  self->state.waiting.clear();
  self->state.ordered.clear();
  self->state.rejects.clear();
  in_flight_changed(self);
}

/// Closes the channel of a paused queue, which returns deliveries that were not started to the broker.
void close_channel(actor_self self) {
  self->state.subscription = nullptr;
  start_epoch(self, {});
}

void acknowledge(consumer_state& st, std::vector<broker::settlement> out) {
  for (auto& a : st.unacked.take()) out.push_back({amqp::delivery_tag{a.tag}, a.multiple, false, false});
  if (out.empty() || !st.subscription) return;
  st.subscription->settle(st.epoch, std::move(out));
  faults::crash_at(faults::crash_point::after_ack);
}

void begin_hand_over(actor_self self) {
  auto& st = self->state;
  st.handing_over = true;
  st.abandoned += st.waiting.size() + st.ordered.clear();
  st.waiting.clear();
  in_flight_changed(self);
}

void finish_hand_over(actor_self self) {
  auto& st = self->state;
  st.handing_over = false;
  acknowledge(st, std::exchange(st.rejects, {}));
  close_channel(self);
}

void settle(actor_self self, const settled& done) {
  auto& st = self->state;
  std::vector<broker::settlement> out;
  for (auto& key : done.reject)
    if (key.epoch == st.epoch && st.unacked.rejected(static_cast<std::uint64_t>(key.tag)))
      out.push_back({key.tag, false, true, false});
  for (auto& key : done.acknowledge) {
    if (key.epoch != st.epoch) continue;
    auto tag = static_cast<std::uint64_t>(key.tag);
    if (!is_ordered(st) && faults::redelivers(random_unit()) && st.unacked.rejected(tag))
      out.push_back({key.tag, false, true, true});
    else
      st.unacked.settled(tag);
  }
  if (st.handing_over)
    st.rejects.insert(st.rejects.end(), out.begin(), out.end());  // sent at the end, or the broker would deliver more
  else
    acknowledge(st, std::move(out));
  if (is_ordered(st)) {
    for (auto& key : done.acknowledge) st.ordered.ended(key);
    dispatch_ordered(self);
  }
  in_flight_changed(self);
}

/// For deliveries that were on their way when the queue was paused or handed over.
void return_unstarted(actor_self self, const deliveries& read) {
  auto& st = self->state;
  for (auto& d : read.batch) st.unacked.delivered(static_cast<std::uint64_t>(d.tag));
  st.abandoned += read.batch.size();
  in_flight_changed(self);
}

void on_deliveries(actor_self self, deliveries& read) {
  auto& st = self->state;
  st.incoming->arrived(read.batch.size());
  if (read.epoch != st.epoch) return in_flight_changed(self);  // requeued, and redelivered in a new epoch
  if (st.limits.paused || st.handing_over) return return_unstarted(self, read);
  auto now = std::chrono::system_clock::now();
  commit_deliveries out;
  out.batch.reserve(read.batch.size());
  if (!read.batch.empty()) st.reads.push_back({static_cast<std::uint64_t>(read.batch.back().tag), now});
  for (auto& d : read.batch) {
    st.unacked.delivered(static_cast<std::uint64_t>(d.tag));
    out.batch.push_back(decode(st, std::move(d), read.epoch, now));
    st.reads.back().oldest = std::min(st.reads.back().oldest, waiting_since(out.batch.back().what));
  }
  faults::crash_at(faults::crash_point::delivery_received);
  if (faults::has(faults::defect::ack_before_commit)) {
    settled acknowledged_early;
    for (auto& i : out.batch) acknowledged_early.acknowledge.push_back(i.key);
    settle(self, acknowledged_early);
    // The acks must leave before anything can crash: the first round of the loop sends them, the second confirms that it
    // did.
    for (int round = 0; round < 2; ++round) st.shared->loop.run_and_wait([] {});
  }
  pass_on(self, std::move(out));
  in_flight_changed(self);
}

void subscribe(actor_self self) {
  auto& st = self->state;
  const bool ordered = is_ordered(st);
  if (ordered && st.shared->presence_epoch() == 0) return;  // until `check_presence` finds it
  ++st.subscriptions;
  auto prefetch = ordered ? st.config.settings.prefetch : prefetch_under(st.config.settings.prefetch, st.limits);
  st.subscription = st.connections->subscribe({st.config.settings.name, static_cast<std::uint16_t>(prefetch), ordered},
                                              forward_to(caf::actor_cast<caf::actor>(self), st.incoming));
}

void cancel(actor_self self) {
  auto& st = self->state;
  if (!st.subscription) return;
  st.subscription->cancel([me = caf::actor_cast<caf::actor>(self), number = st.subscriptions] {
    caf::anon_send(me, consume_cancelled{number});
  });
}

/// The channel stays open until everything in flight is settled on it; see `in_flight_changed`.
void pause(actor_self self) {
  auto& st = self->state;
  if (is_ordered(st)) return begin_hand_over(self);
  st.abandoned += st.waiting.size();
  st.waiting.clear();
  cancel(self);
}

/// Opens a new channel. The broker redelivers what was unsettled on the old one.
void resubscribe(actor_self self) {
  auto& st = self->state;
  st.subscription = nullptr;
  st.cancelled = false;
  st.handing_over = false;
  start_epoch(self, {});
  subscribe(self);
}

/// Another node may consider this one dead while its presence is lost, and then executes what this one has received.
void check_presence(actor_self self) {
  auto& st = self->state;
  supervision::send_after(self, presence_interval, presence_check{});
  const bool present = st.shared->presence_epoch() != 0;
  if (!present && st.subscription) {
    report_not_consumed(st, "this node's presence in the database is lost");
    return close_channel(self);
  }
  if (present && !st.subscription && !st.limits.paused && !st.draining) subscribe(self);
}

/// Starts with the latest limits: a paused queue stays paused when its consumer is restarted.
void start(actor_self self) {
  auto& st = self->state;
  st.limits = st.shared->limits.of(st.config.settings.name);
  set_rate(self);
  self->send(st.executor, queue_limited{st.limits});
  if (!st.limits.paused) return subscribe(self);
  st.cancelled = true;
  report_consumed(st, "");
}

void interrupted_by_broker(actor_self self, const std::string& why) {
  auto& st = self->state;
  if (!st.limits.paused) report_not_consumed(st, why.empty() ? "not consumed" : why);
  start_epoch(self, {});
}

void apply_limits(actor_self self, const queue_limits& limits) {
  auto& st = self->state;
  if (limits == st.limits || st.draining) return;
  auto before = std::exchange(st.limits, limits);
  monitoring::log(level::info, "queue limits changed by an operator",
                  {{"queue", st.config.settings.name},
                   {"paused", limits.paused ? "yes" : "no"},
                   {"concurrency", limits.concurrency},
                   {"rate", limits.rate}});
  set_rate(self);
  self->send(st.executor, queue_limited{limits});
  if (limits.paused) return before.paused ? void() : pause(self);
  if (before.paused || (!is_ordered(st) && before.rate != limits.rate)) return resubscribe(self);
  if (!st.rate) forward_waiting(self);
}

}  // namespace
}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::presence_check)

namespace millrace::actors {

consumer_state::~consumer_state() {
  if (shared) report_consumed(*this, "its consumer is being restarted");
}

caf::behavior consumer(caf::stateful_actor<consumer_state>* self, node_ptr shared, queue_config config,
                       std::shared_ptr<delivery_buffer> incoming, caf::actor committer, caf::actor executor) {
  auto& st = self->state;
  st.connections = shared->directory.find_broker();
  if (!st.connections) throw std::runtime_error("no broker link");
  st.shared = std::move(shared);
  st.config = std::move(config);
  st.incoming = std::move(incoming);
  st.committer = std::move(committer);
  st.executor = std::move(executor);
  begin_series(*st.shared, st.config);
  auto me = caf::actor_cast<caf::actor>(self);
  self->send(st.committer, attach_consumer{me});
  self->send(st.executor, attach_consumer{me});
  start(self);
  if (is_ordered(st)) supervision::send_after(self, presence_interval, presence_check{});
  return {
      [self](deliveries& read) { on_deliveries(self, read); },
      [self](const settled& done) { settle(self, done); },
      [self](const consuming& c) {
        start_epoch(self, c.epoch);
        report_consumed(self->state, "");
      },
      [self](const interrupted& i) { interrupted_by_broker(self, i.why); },
      [self](const consume_cancelled& c) {
        if (c.subscription != self->state.subscriptions) return;
        self->state.cancelled = true;
        in_flight_changed(self);
      },
      [self](const queue_limited& l) { apply_limits(self, l.limits); },
      [self](const rate_timer& t) {
        if (t.subscription == self->state.subscriptions) forward_within_rate(self);
      },
      [self](const abandoned& a) {
        // The broker has already requeued those of an earlier epoch.
        for (auto& key : a.deliveries) self->state.abandoned += key.epoch == self->state.epoch;
        for (auto& key : a.deliveries) self->state.ordered.ended(key);
        dispatch_ordered(self);
        in_flight_changed(self);
      },
      [self](const presence_check&) { check_presence(self); },
      [self](const drain& d) {
        self->state.draining = true;
        self->state.drain_to = d.reply_to;
        if (is_ordered(self->state)) {
          begin_hand_over(self);
        } else {
          if (auto buffered = self->state.incoming->open()) on_deliveries(self, *buffered);
          cancel(self);
        }
        self->send(self->state.executor, drain{caf::actor_cast<caf::actor>(self)});
        self->send(self->state.committer, drain{caf::actor_cast<caf::actor>(self)});
        self->send(self->state.shared->directory.find("isolation"), drain{caf::actor_cast<caf::actor>(self)});
        in_flight_changed(self);
      },
  };
}

}  // namespace millrace::actors
