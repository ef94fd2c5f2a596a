#include "actors/pipeline/effect_executor.hpp"

#include "runtime/supervision/crash_points.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<effect_executor_state>*;
using execution = effect_executor_state::execution;
using steady = std::chrono::steady_clock;

constexpr auto sweep_interval = 500ms;

std::string ticket_key(const effect_key& k) { return k.tenant + "/" + to_string(k.id) + "/" + std::to_string(k.generation); }

const registry::entry& type_of(const effect_executor_state& st, const execution& e) {
  return *st.shared->handlers->find(e.what.what.type);
}

/// Of a type that this node has a handler for.
bool may_start(const effect_executor_state& st, const std::string& type) {
  auto running = st.running_by_type.find(type);
  return running == st.running_by_type.end() || running->second < st.shared->handlers->find(type)->policy.concurrency;
}

/// The node's context for one execution that also records the remote side's last status.
std::shared_ptr<effect_context> recording_context(const node_context& shared,
                                                  const std::shared_ptr<std::atomic<long>>& answered) {
  return std::make_shared<effect_context>(
      shared.effects->with_answer_listener([answered](long status) { answered->store(status); }));
}

void call_handler(const node_ptr& shared, const registry::entry& type, const task& t,
                  const std::shared_ptr<std::atomic<long>>& answered) {
  faults::crash_at(faults::crash_point::before_effect);
  auto key = in_flight_key(t);
  // Until its outcome is told, as the code that works for it may crash later and on another thread.
  auto entry =
      std::make_shared<crash_record::entry>(shared->crashes ? shared->crashes->enter({&t, 1}) : crash_record::entry{});
  auto own = answered ? recording_context(*shared, answered) : nullptr;
  completion done{[shared, key, entry, own](outcome result) {
    shared->in_flight.finish(key, std::move(result));
    entry->leave();
  }};
  try {
    faults::crash_on(t.payload.view());
    std::get<std::shared_ptr<effect_handler>>(type.code)->execute(t, own ? *own : *shared->effects, done);
  } catch (const std::exception& e) {
    done(retry{std::nullopt, e.what()});
  }
}

/// What starts again by itself needs its deliveries no longer, and they would outlast the broker's patience.
void settle_if_leased(actor_self self, execution& e) {
  if (!e.leased || !e.running || e.keys.empty()) return;
  self->send(self->state.consumer, settled{std::exchange(e.keys, {}), {}});
}

void start(actor_self self, std::uint64_t ticket) {
  auto& st = self->state;
  auto& e = st.executions.at(ticket);
  auto& type = type_of(st, e);
  e.running = true;
  e.began = steady::now();
  e.deadline = st.attended.at(e.began) + type.policy.timeout;
  ++st.running;
  ++st.running_by_type[type.type];
  // A copy, because the outcome may be back, and the execution gone, before the handler returns.
  auto what = e.what.what;
  bool is_new = std::holds_alternative<in_flight_effects::started>(st.shared->in_flight.begin(in_flight_key(what)));
  auto me = caf::actor_cast<caf::actor>(self);
  st.shared->in_flight.attach(in_flight_key(what), [me, ticket](const outcome& o) {
    caf::anon_send(me, effect_reported{ticket, o});
  });
  if (is_new && st.shared->spans) e.answered = std::make_shared<std::atomic<long>>(0);
  auto answered = e.answered;
  settle_if_leased(self, e);
  if (is_new) call_handler(st.shared, type, what, answered);
}

/// The claim may not be ours any more, as the server had let go of the node's lock: it is counted again, with each of its
/// deliveries.
void claim_anew(actor_self self, std::uint64_t ticket) {
  auto& st = self->state;
  auto it = st.executions.find(ticket);
  auto& e = it->second;
  e.what.claimed_before = true;
  e.what.in_flight_hold = nullptr;
  if (e.keys.empty()) e.keys.emplace_back();
  commit_deliveries again;
  for (auto& key : e.keys) again.batch.push_back(e.what), again.batch.back().key = key;
  st.tickets.erase(ticket_key(in_flight_key(e.what.what)));
  st.executions.erase(it);
  self->send(st.committer, std::move(again));
}

/// Of the types that may have one more running, the line whose first has waited longest; none if nothing may start. So what
/// waits is executed in its order, but for types that are at their limit, and a long line is not looked through.
std::deque<std::uint64_t>* next_line(effect_executor_state& st) {
  std::deque<std::uint64_t>* next = nullptr;
  for (auto& [type, line] : st.waiting)
    if (!line.empty() && may_start(st, type) && (!next || line.front() < next->front())) next = &line;
  return next;
}

std::size_t concurrency(const effect_executor_state& st) {
  return st.limits.concurrency > 0 ? st.limits.concurrency : st.role.settings.concurrency;
}

void start_what_may(actor_self self) {
  auto& st = self->state;
  while (!st.draining && !st.limits.paused && st.running < concurrency(st)) {
    auto* line = next_line(st);
    if (!line) return;
    auto ticket = line->front();
    line->pop_front();
    if (st.executions.at(ticket).presence_epoch == st.shared->presence_epoch())
      start(self, ticket);
    else
      claim_anew(self, ticket);
  }
}

void give_back(actor_self self);

void take(actor_self self, start_effect& order) {
  auto& st = self->state;
  auto key = ticket_key(in_flight_key(order.what.what));
  auto delivery = order.what.key;
  if (auto known = st.tickets.find(key); known != st.tickets.end()) {
    auto& e = st.executions.at(known->second);
    e.claim = order.claim;
    e.leased = order.leased;
    e.presence_epoch = order.presence_epoch;
    if (delivery) e.keys.push_back(delivery);
    return settle_if_leased(self, e);
  }
  std::vector<delivery_key> keys(delivery ? 1 : 0, delivery);
  const bool adopted = st.shared->in_flight.has_started(in_flight_key(order.what.what));
  if (st.draining && !adopted) return self->send(st.consumer, abandoned{std::move(keys)});
  auto ticket = st.next_ticket++;
  st.tickets.emplace(std::move(key), ticket);
  if (!adopted) st.waiting[order.what.what.type].push_back(ticket);
  st.executions.emplace(ticket, execution{.what = std::move(order.what),
                                          .claim = order.claim,
                                          .keys = std::move(keys),
                                          .leased = order.leased,
                                          .presence_epoch = order.presence_epoch,
                                          .taken = steady::now(),
                                          .began = {}});
  // What a predecessor began is under way, whatever may start now; to wait for it again begins nothing.
  if (adopted) return start(self, ticket);
  st.limits.paused ? give_back(self) : start_what_may(self);
}

void report(actor_self self, std::unordered_map<std::uint64_t, execution>::iterator it, outcome result) {
  auto& st = self->state;
  auto& e = it->second;
  st.tickets.erase(ticket_key(in_flight_key(e.what.what)));
  auto took = e.running ? steady::now() - e.began : steady::duration::zero();
  self->send(st.committer, effect_ended{std::move(e.what.what), e.claim, std::move(result), took, std::move(e.keys),
                                        std::move(e.what.source), e.answered ? e.answered->load() : 0});
  st.executions.erase(it);
}

void ended(actor_self self, effect_reported& told) {
  auto& st = self->state;
  auto it = st.executions.find(told.ticket);
  if (it == st.executions.end()) return;
  faults::crash_at(faults::crash_point::after_effect);
  --st.running;
  --st.running_by_type[it->second.what.what.type];
  report(self, it, std::move(told.result));
  start_what_may(self);
}

/// Ends what waits here and has not begun anywhere in this process; false if it has.
bool end_waiting(actor_self self, std::uint64_t ticket, const outcome& result) {
  auto& st = self->state;
  auto it = st.executions.find(ticket);
  auto key = in_flight_key(it->second.what.what);
  if (it->second.running || !std::holds_alternative<in_flight_effects::started>(st.shared->in_flight.begin(key)))
    return false;
  std::erase(st.waiting.at(it->second.what.what.type), ticket);
  st.shared->in_flight.finish(key, result);  // so that nobody begins it any more
  report(self, it, result);
  return true;
}

/// Whatever is over its time has failed; the journal takes the first outcome, so a late answer changes nothing.
void fail_overdue(effect_executor_state& st, steady::time_point now) {
  auto until = st.attended.update(now);
  for (auto& [ticket, e] : st.executions)
    if (e.running && until > e.deadline)
      st.shared->in_flight.finish(in_flight_key(e.what.what), retry{std::nullopt, "no outcome within the type's time-out"});
}

/// The broker takes back what is not acknowledged in time; what does not get its turn goes to the end of the queue before.
void give_back_late(actor_self self, steady::time_point now) {
  auto& st = self->state;
  auto patience = st.shared->settings.amqp.consumer_timeout / 3;
  for (auto& [type, line] : st.waiting)
    for (auto ticket : std::deque{line})
      if (now - st.executions.at(ticket).taken > patience) end_waiting(self, ticket, snooze{std::chrono::milliseconds{0}});
}

/// What waits is claimed, and other nodes leave it alone while this one lives: so it goes back to its queue, without an
/// attempt.
void give_back(actor_self self) {
  for (auto& [type, line] : self->state.waiting)
    for (auto ticket : std::deque{line}) end_waiting(self, ticket, snooze{std::chrono::milliseconds{0}});
}

void limit(actor_self self, const queue_limits& limits) {
  self->state.limits = limits;
  if (limits.paused) give_back(self);
  start_what_may(self);
}

void sweep(actor_self self) {
  auto now = steady::now();
  fail_overdue(self->state, now);
  give_back_late(self, now);
  send_after(self, sweep_interval, tick{0});
}

/// What has not begun ends here and now; what runs, here or for another queue, is told by the journal, for its handler to
/// see.
void cancel(actor_self self, const cancel_effects& order) {
  auto& st = self->state;
  for (auto& key : order.effects) {
    st.shared->in_flight.request_cancel(key);
    auto known = st.tickets.find(ticket_key(key));
    if (known != st.tickets.end()) end_waiting(self, known->second, cancelled{"cancelled before it began"});
  }
}

void begin_drain(actor_self self) {
  auto& st = self->state;
  st.draining = true;
  std::vector<delivery_key> deliveries;
  for (auto& [type, line] : std::exchange(st.waiting, {}))
    for (auto ticket : line) {
      auto it = st.executions.find(ticket);
      deliveries.insert(deliveries.end(), it->second.keys.begin(), it->second.keys.end());
      st.tickets.erase(ticket_key(in_flight_key(it->second.what.what)));
      st.executions.erase(it);
    }
  self->send(st.consumer, abandoned{std::move(deliveries)});
}

}  // namespace

caf::behavior effect_executor(caf::stateful_actor<effect_executor_state>* self, node_ptr shared, queue_config role) {
  self->state.shared = std::move(shared);
  self->state.role = std::move(role);
  send_after(self, sweep_interval, tick{0});
  return {
      [self](effect_reported& told) { ended(self, told); },
      [self](start_effect& order) { take(self, order); },
      [self](const attach_committer& a) { self->state.committer = a.committer; },
      [self](const attach_consumer& a) { self->state.consumer = a.consumer; },
      [self](const cancel_effects& order) { cancel(self, order); },
      [self](const tick&) { sweep(self); },
      [self](const drain&) { begin_drain(self); },
      [self](const queue_limited& l) { limit(self, l.limits); },
  };
}

}  // namespace millrace
