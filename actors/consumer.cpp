#include "actors/consumer.hpp"

#include "monitoring/log.hpp"
#include "runtime/faults.hpp"
#include "runtime/jitter.hpp"

#include <algorithm>

namespace millrace {
namespace {

using monitoring::level;
using actor_self = caf::stateful_actor<consumer_state>*;

std::string component(const consumer_state& st) { return "queue " + st.role.settings.name; }

amqp::subscription_events forward_to(const caf::actor& self, const std::shared_ptr<delivery_buffer>& incoming) {
  return {
      .consuming = [self](amqp::channel_epoch e) { caf::anon_send(self, consuming{e}); },
      .deliveries =
          [self, incoming](amqp::channel_epoch e, std::vector<amqp::delivery> read) {
            if (auto now = incoming->add(e, std::move(read))) caf::anon_send(self, std::move(*now));
          },
      .interrupted =
          [self](amqp::channel_epoch e, const std::string& why) {
            caf::anon_send(self, interrupted{e, why});
          },
  };
}

/// An increase over a series that appears later misses its first step, and so would an alert.
void begin_series(const consumer_state& st) {
  auto& queue = st.role.settings.name;
  st.shared->metrics.redelivery_absorbed(queue, 0);
  for (int reason = 0; reason <= static_cast<int>(last_dead_reason); ++reason)
    st.shared->metrics.dead_lettered(queue, to_string(static_cast<dead_reason>(reason)), 0);
}

/// Since when a task waits to be executed. The time before a further try, or before it is due at all, does not count.
wall_time waits_since(const task& t) {
  if (!t.published_at || t.generation > 0) return t.received_at;
  return std::max(*t.published_at, t.not_before.value_or(*t.published_at));
}

void tell_oldest(consumer_state& st) {
  auto oldest = st.unacked.oldest_unsettled();
  while (!st.in_hand.empty() && (!oldest || st.in_hand.front().last < *oldest)) st.in_hand.pop_front();
  auto first = std::ranges::min_element(st.in_hand, {}, &consumer_state::hand::oldest);
  st.shared->metrics.oldest_task(st.role.settings.name,
                                 first == st.in_hand.end() ? std::nullopt : std::optional{first->oldest});
}

void in_flight_changed(actor_self self) {
  auto& st = self->state;
  tell_oldest(st);
  st.shared->metrics.in_flight(st.role.settings.name, st.unacked.unsettled());
  if (!st.drain_to || st.unacked.unsettled() > st.abandoned) return;
  // What is only on its way here would be committed, and its ack come too late.
  if (!st.cancelled || !st.incoming->empty()) return;
  if (st.shared->journal.under_way(st.role.settings.name) == 0) {
    self->send(st.drain_to, drained{st.role.settings.name});
    st.drain_to = nullptr;
  }
}

void start_epoch(actor_self self, amqp::channel_epoch epoch) {
  self->state.epoch = epoch;
  self->state.unacked.reset();
  self->state.in_hand.clear();
  self->state.abandoned = 0;
  in_flight_changed(self);
}

inbound decode(const consumer_state& st, amqp::delivery d, amqp::channel_epoch epoch, wall_time now) {
  auto& queue = st.role.settings.name;
  if (st.role.dead_letters) return decode_dead_letter(std::move(d), epoch, queue, now);
  auto facts = [&st](std::string_view type) {
    auto* known = st.shared->handlers->find(type);
    return known ? type_facts{true, known->policy.id_required} : type_facts{};
  };
  return decode_delivery(std::move(d), epoch, queue, now, facts);
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
void divert_suspects(actor_self self, std::vector<inbound>& batch) {
  auto& st = self->state;
  if (st.shared->suspected.empty()) return;
  auto diverted = std::stable_partition(batch.begin(), batch.end(), [&](const inbound& i) {
    return i.problem || !st.shared->suspected.contains(i.what.tenant, i.what.id);
  });
  auto lane = st.shared->addresses.find("isolation");
  for (auto i = diverted; i != batch.end(); ++i) {
    own_memory(*i);
    self->send(lane, isolate{std::move(*i), st.role.settings.name, caf::actor_cast<caf::actor>(self)});
  }
  batch.erase(diverted, batch.end());
}

void take(actor_self self, deliveries& read) {
  auto& st = self->state;
  st.incoming->arrived(read.batch.size());
  if (read.epoch != st.epoch) return in_flight_changed(self);  // requeued already: they come again in a new epoch
  auto now = std::chrono::system_clock::now();
  commit_inbound out;
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
  divert_suspects(self, out.batch);
  self->send(st.committer, std::move(out));
  in_flight_changed(self);
}

}  // namespace

consumer_state::~consumer_state() {
  if (shared) shared->health.report(component(*this), false, "its consumer is being restarted");
}

caf::behavior consumer(caf::stateful_actor<consumer_state>* self, node_ptr shared, queue_role role,
                       std::shared_ptr<delivery_buffer> incoming, caf::actor committer, caf::actor runner) {
  auto& st = self->state;
  st.connections = shared->addresses.find_broker();
  if (!st.connections) throw std::runtime_error("no broker link");
  st.shared = std::move(shared);
  st.role = std::move(role);
  st.incoming = std::move(incoming);
  st.committer = std::move(committer);
  st.runner = std::move(runner);
  begin_series(st);
  auto me = caf::actor_cast<caf::actor>(self);
  self->send(st.committer, attach_consumer{me});
  self->send(st.runner, attach_consumer{me});
  auto prefetch = static_cast<std::uint16_t>(st.role.settings.prefetch);
  st.subscription = st.connections->subscribe({st.role.settings.name, prefetch}, forward_to(me, st.incoming));
  return {
      [self](deliveries& read) { take(self, read); },
      [self](const settled& done) { settle(self, done); },
      [self](const consuming& c) {
        start_epoch(self, c.epoch);
        self->state.shared->health.report(component(self->state), true);
      },
      [self](const interrupted& i) {
        auto& state = self->state;
        state.shared->health.report(component(state), false, i.why);
        monitoring::log(level::warn, "queue not consumed", {{"queue", state.role.settings.name}, {"error", i.why}});
        start_epoch(self, {});
      },
      [self](const consume_cancelled&) {
        self->state.cancelled = true;
        in_flight_changed(self);
      },
      [self](const abandoned& a) {
        // Those of an epoch that is over are the broker's already.
        for (auto& key : a.deliveries) self->state.abandoned += key.epoch == self->state.epoch;
        in_flight_changed(self);
      },
      [self](const drain& d) {
        self->state.drain_to = d.reply_to;
        if (auto waited = self->state.incoming->open()) take(self, *waited);
        self->state.subscription->cancel(
            [me = caf::actor_cast<caf::actor>(self)] { caf::anon_send(me, consume_cancelled{}); });
        self->send(self->state.runner, drain{caf::actor_cast<caf::actor>(self)});
        self->send(self->state.committer, drain{caf::actor_cast<caf::actor>(self)});
        self->send(self->state.shared->addresses.find("isolation"), drain{caf::actor_cast<caf::actor>(self)});
        in_flight_changed(self);
      },
  };
}

}  // namespace millrace
