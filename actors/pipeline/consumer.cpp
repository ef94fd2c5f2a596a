#include "actors/pipeline/consumer.hpp"

#include "actors/pipeline/consumer_intake.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/supervision/crash_points.hpp"
#include "runtime/task/jitter.hpp"

#include <algorithm>

namespace millrace {
namespace {

using monitoring::level;
using actor_self = caf::stateful_actor<consumer_state>*;

/// A consumer's timer for what waits for its turn by a rate.
struct next_turn {
  std::uint64_t subscription;
};
constexpr std::chrono::milliseconds shortest_wait{5};

std::string component(const consumer_state& st) { return "queue " + st.role.settings.name; }

void close_channel(actor_self self);

void in_flight_changed(actor_self self) {
  auto& st = self->state;
  report_oldest_age(st);
  st.shared->metrics.in_flight(st.role.settings.name, st.unacked.unsettled());
  if (st.unacked.unsettled() > st.abandoned) return;
  // What is only on its way here would be committed, and its ack come too late.
  if (!st.cancelled || !st.incoming->empty()) return;
  if (st.limits.paused && st.subscription) return close_channel(self);
  if (!st.drain_to) return;
  if (st.shared->in_flight.under_way(st.role.settings.name) == 0) {
    self->send(st.drain_to, drained{st.role.settings.name});
    st.drain_to = nullptr;
  }
}

void start_epoch(actor_self self, amqp::channel_epoch epoch) {
  self->state.epoch = epoch;
  self->state.unacked.reset();
  self->state.in_hand.clear();
  self->state.abandoned = 0;
  self->state.waiting.clear();
  in_flight_changed(self);
}

/// Closes the channel of a queue that is paused: what was not begun is the broker's again.
void close_channel(actor_self self) {
  self->state.subscription = nullptr;
  start_epoch(self, {});
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
    if (faults::redelivers(random_unit()) && st.unacked.rejected(tag))
      out.push_back({key.tag, false, true, true});
    else
      st.unacked.settled(tag);
  }
  for (auto& a : st.unacked.take()) out.push_back({amqp::delivery_tag{a.tag}, a.multiple, false, false});
  if (!out.empty()) {
    st.subscription->settle(st.epoch, std::move(out));
    faults::crash_at(faults::crash_point::after_ack);
  }
  in_flight_changed(self);
}

/// What may have crashed a process goes its own way, where it has nobody beside it.
void divert_quarantined(actor_self self, std::vector<decoded_delivery>& batch) {
  auto& st = self->state;
  if (st.shared->quarantined.empty()) return;
  auto diverted = std::stable_partition(batch.begin(), batch.end(), [&](const decoded_delivery& i) {
    return i.problem || !st.shared->quarantined.contains(i.what.tenant, i.what.id);
  });
  auto lane = st.shared->directory.find("isolation");
  for (auto i = diverted; i != batch.end(); ++i) {
    detach_from_read_buffer(*i);
    self->send(lane, isolate{std::move(*i), st.role.settings.name, caf::actor_cast<caf::actor>(self)});
  }
  batch.erase(diverted, batch.end());
}

void forward(actor_self self, commit_deliveries out) {
  divert_quarantined(self, out.batch);
  self->send(self->state.committer, std::move(out));
}

/// Those whose turn it is by the rate; a timer for the next.
void forward_in_turn(actor_self self) {
  auto& st = self->state;
  if (st.waiting.empty() || !st.pace) return;
  auto now = token_bucket::clock::now();
  commit_deliveries out;
  for (auto turn = st.pace->take(st.waiting.size(), now); turn > 0; --turn) {
    out.batch.push_back(std::move(st.waiting.front()));
    st.waiting.pop_front();
  }
  if (!st.waiting.empty()) send_after(self, std::max(st.pace->wait(now), shortest_wait), next_turn{st.subscriptions});
  if (!out.batch.empty()) forward(self, std::move(out));
}

void wait_for_turn(actor_self self, std::vector<decoded_delivery> batch) {
  auto& st = self->state;
  bool timer_runs = !st.waiting.empty();
  for (auto& i : batch) {
    detach_from_read_buffer(i);
    st.waiting.push_back(std::move(i));
  }
  if (!timer_runs) forward_in_turn(self);
}

/// What was still on its way when the queue was paused.
void return_unstarted(actor_self self, const deliveries& read) {
  auto& st = self->state;
  for (auto& d : read.batch) st.unacked.delivered(static_cast<std::uint64_t>(d.tag));
  st.abandoned += read.batch.size();
  in_flight_changed(self);
}

void on_deliveries(actor_self self, deliveries& read) {
  auto& st = self->state;
  st.incoming->arrived(read.batch.size());
  if (read.epoch != st.epoch) return in_flight_changed(self);  // requeued already: they come again in a new epoch
  if (st.limits.paused) return return_unstarted(self, read);
  auto now = std::chrono::system_clock::now();
  commit_deliveries out;
  out.batch.reserve(read.batch.size());
  if (!read.batch.empty()) st.in_hand.push_back({static_cast<std::uint64_t>(read.batch.back().tag), now});
  for (auto& d : read.batch) {
    st.unacked.delivered(static_cast<std::uint64_t>(d.tag));
    out.batch.push_back(decode(st, std::move(d), read.epoch, now));
    st.in_hand.back().oldest = std::min(st.in_hand.back().oldest, waits_since(out.batch.back().what));
  }
  faults::crash_at(faults::crash_point::delivery_received);
  if (faults::has(faults::defect::ack_before_commit)) {
    settled at_once;
    for (auto& i : out.batch) at_once.acknowledge.push_back(i.key);
    settle(self, at_once);
    // The acks have left before anything can crash: one round of the loop sends them, the next finds them sent.
    for (int round = 0; round < 2; ++round) st.shared->loop.run_and_wait([] {});
  }
  st.pace ? wait_for_turn(self, std::move(out.batch)) : forward(self, std::move(out));
  in_flight_changed(self);
}

void subscribe(actor_self self) {
  auto& st = self->state;
  ++st.subscriptions;
  auto prefetch = static_cast<std::uint16_t>(prefetch_under(st.role.settings.prefetch, st.limits));
  st.subscription = st.connections->subscribe({st.role.settings.name, prefetch},
                                              forward_to(caf::actor_cast<caf::actor>(self), st.incoming));
}

void cancel(actor_self self) {
  auto& st = self->state;
  if (!st.subscription) return;
  st.subscription->cancel([me = caf::actor_cast<caf::actor>(self), number = st.subscriptions] {
    caf::anon_send(me, consume_cancelled{number});
  });
}

/// The channel stays until what is under way is settled on it; see `in_flight_changed`.
void pause(actor_self self) {
  auto& st = self->state;
  st.abandoned += st.waiting.size();
  st.waiting.clear();
  cancel(self);
}

/// A new channel: what the old one had not settled comes again.
void resubscribe(actor_self self) {
  auto& st = self->state;
  st.subscription = nullptr;
  st.cancelled = false;
  start_epoch(self, {});
  subscribe(self);
}

void pace(consumer_state& st) {
  st.pace.reset();
  if (st.limits.rate > 0) st.pace.emplace(st.limits.rate, st.limits.rate / 10, token_bucket::clock::now());
}

/// As the limits were read last: a paused queue stays paused when its consumer is restarted.
void begin(actor_self self) {
  auto& st = self->state;
  st.limits = st.shared->limits.of(st.role.settings.name);
  pace(st);
  self->send(st.executor, queue_limited{st.limits});
  if (!st.limits.paused) return subscribe(self);
  st.cancelled = true;
  st.shared->health.report(component(st), true);
}

void limit(actor_self self, const queue_limits& limits) {
  auto& st = self->state;
  if (limits == st.limits || st.draining) return;
  auto before = std::exchange(st.limits, limits);
  monitoring::log(level::info, "queue limited by an operator",
                  {{"queue", st.role.settings.name},
                   {"paused", limits.paused ? "yes" : "no"},
                   {"concurrency", limits.concurrency},
                   {"rate", limits.rate}});
  pace(st);
  self->send(st.executor, queue_limited{limits});
  if (limits.paused) return before.paused ? void() : pause(self);
  if (before.paused || before.rate != limits.rate) resubscribe(self);
}

}  // namespace
}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::next_turn)

namespace millrace {

consumer_state::~consumer_state() {
  if (shared) shared->health.report(component(*this), false, "its consumer is being restarted");
}

caf::behavior consumer(caf::stateful_actor<consumer_state>* self, node_ptr shared, queue_config role,
                       std::shared_ptr<delivery_buffer> incoming, caf::actor committer, caf::actor executor) {
  auto& st = self->state;
  st.connections = shared->directory.find_broker();
  if (!st.connections) throw std::runtime_error("no broker link");
  st.shared = std::move(shared);
  st.role = std::move(role);
  st.incoming = std::move(incoming);
  st.committer = std::move(committer);
  st.executor = std::move(executor);
  begin_series(st);
  auto me = caf::actor_cast<caf::actor>(self);
  self->send(st.committer, attach_consumer{me});
  self->send(st.executor, attach_consumer{me});
  begin(self);
  return {
      [self](deliveries& read) { on_deliveries(self, read); },
      [self](const settled& done) { settle(self, done); },
      [self](const consuming& c) {
        start_epoch(self, c.epoch);
        self->state.shared->health.report(component(self->state), true);
      },
      [self](const interrupted& i) {
        auto& state = self->state;
        if (!state.limits.paused) {
          state.shared->health.report(component(state), false, i.why);
          monitoring::log(level::warn, "queue not consumed", {{"queue", state.role.settings.name}, {"error", i.why}});
        }
        start_epoch(self, {});
      },
      [self](const consume_cancelled& c) {
        if (c.subscription != self->state.subscriptions) return;
        self->state.cancelled = true;
        in_flight_changed(self);
      },
      [self](const queue_limited& l) { limit(self, l.limits); },
      [self](const next_turn& t) {
        if (t.subscription == self->state.subscriptions) forward_in_turn(self);
      },
      [self](const abandoned& a) {
        // Those of an epoch that is over are the broker's already.
        for (auto& key : a.deliveries) self->state.abandoned += key.epoch == self->state.epoch;
        in_flight_changed(self);
      },
      [self](const drain& d) {
        self->state.draining = true;
        self->state.drain_to = d.reply_to;
        if (auto waited = self->state.incoming->open()) on_deliveries(self, *waited);
        cancel(self);
        self->send(self->state.executor, drain{caf::actor_cast<caf::actor>(self)});
        self->send(self->state.committer, drain{caf::actor_cast<caf::actor>(self)});
        self->send(self->state.shared->directory.find("isolation"), drain{caf::actor_cast<caf::actor>(self)});
        in_flight_changed(self);
      },
  };
}

}  // namespace millrace
