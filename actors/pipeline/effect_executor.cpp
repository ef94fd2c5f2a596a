#include "actors/pipeline/effect_executor.hpp"

#include "runtime/supervision/crash_points.hpp"

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<effect_executor_state>*;
using execution = effect_executor_state::execution;
using steady = std::chrono::steady_clock;

constexpr auto sweep_interval = 500ms;

std::string ticket_key(const effect_key& k) { return k.tenant + "/" + to_string(k.id) + "/" + std::to_string(k.generation); }

const registry::entry& type_of(const effect_executor_state& st, const execution& e) {
  return *st.shared->handlers->find(e.delivery.what.type);
}

/// Whether the type's concurrency allows another execution. The node must have a handler for the type.
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
  // Kept until the outcome is reported, because code that works for the task may crash later on another thread.
  auto entry = std::make_shared<crash::crash_record::entry>(shared->crashes ? shared->crashes->enter({&t, 1})
                                                                            : crash::crash_record::entry{});
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

/// A leased task restarts without its deliveries, which could otherwise exceed the broker's consumer timeout.
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
  e.deadline = st.clock.at(e.began) + type.policy.timeout;
  ++st.running;
  ++st.running_by_type[type.type];
  // A copy, because the outcome may arrive and erase the execution before the handler returns.
  auto what = e.delivery.what;
  bool started_now = std::holds_alternative<in_flight_effects::started>(st.shared->in_flight.start(in_flight_key(what)));
  auto me = caf::actor_cast<caf::actor>(self);
  st.shared->in_flight.add_listener(in_flight_key(what), [me, ticket](const outcome& o) {
    caf::anon_send(me, effect_reported{ticket, o});
  });
  if (started_now && st.shared->spans) e.answered = std::make_shared<std::atomic<long>>(0);
  auto answered = e.answered;
  settle_if_leased(self, e);
  if (started_now) call_handler(st.shared, type, what, answered);
}

/// The claim may have been lost, because the server had released this node's lock. Records each of its deliveries again.
void claim_again(actor_self self, std::uint64_t ticket) {
  auto& st = self->state;
  auto it = st.executions.find(ticket);
  auto& e = it->second;
  e.delivery.claimed_before = true;
  e.delivery.registration = nullptr;
  if (e.keys.empty()) e.keys.emplace_back();
  commit_deliveries again;
  for (auto& key : e.keys) again.batch.push_back(e.delivery), again.batch.back().key = key;
  st.tickets.erase(ticket_key(in_flight_key(e.delivery.what)));
  st.executions.erase(it);
  self->send(st.committer, std::move(again));
}

using place = effect_executor_state::place;

place place_of(const effect_executor_state& st, const execution& e, std::uint64_t ticket) {
  return {st.config.settings.ordered ? 0 : -int{e.delivery.what.priority.value_or(0)}, ticket};
}

/// Among the types that may start another execution, the one whose first place comes first; nullptr if there is none. So
/// tasks start in the order of their places, except for types at their limit, and no queue is scanned.
std::set<place>* next_type_queue(effect_executor_state& st) {
  std::set<place>* next = nullptr;
  for (auto& [type, line] : st.waiting)
    if (!line.empty() && may_start(st, type) && (!next || *line.begin() < *next->begin())) next = &line;
  return next;
}

std::size_t concurrency(const effect_executor_state& st) {
  return st.limits.concurrency > 0 ? st.limits.concurrency : st.config.settings.concurrency;
}

void start_waiting(actor_self self) {
  auto& st = self->state;
  while (!st.draining && !st.limits.paused && st.running < concurrency(st)) {
    auto* line = next_type_queue(st);
    if (!line) return;
    const auto ticket = line->extract(line->begin()).value().ticket;
    if (st.executions.at(ticket).presence_epoch == st.shared->presence_epoch())
      start(self, ticket);
    else
      claim_again(self, ticket);
  }
}

void return_all_waiting(actor_self self);

void on_start_effect(actor_self self, start_effect& request) {
  auto& st = self->state;
  auto key = ticket_key(in_flight_key(request.delivery.what));
  auto open_delivery = request.delivery.key;
  if (auto found = st.tickets.find(key); found != st.tickets.end()) {
    auto& e = st.executions.at(found->second);
    e.claim = request.claim;
    e.leased = request.leased;
    e.presence_epoch = request.presence_epoch;
    if (open_delivery) e.keys.push_back(open_delivery);
    return settle_if_leased(self, e);
  }
  std::vector<delivery_key> keys(open_delivery ? 1 : 0, open_delivery);
  const bool adopted = st.shared->in_flight.has_started(in_flight_key(request.delivery.what));
  if (st.draining && !adopted) return self->send(st.consumer, abandoned{std::move(keys)});
  auto ticket = st.next_ticket++;
  st.tickets.emplace(std::move(key), ticket);
  execution made{.delivery = std::move(request.delivery),
                 .claim = request.claim,
                 .keys = std::move(keys),
                 .leased = request.leased,
                 .presence_epoch = request.presence_epoch,
                 .taken = steady::now(),
                 .began = {}};
  const auto& e = st.executions.emplace(ticket, std::move(made)).first->second;
  // The predecessor started it, so limits and pauses do not apply: this only waits for the outcome.
  if (adopted) return start(self, ticket);
  st.waiting[e.delivery.what.type].insert(place_of(st, e, ticket));
  st.limits.paused ? return_all_waiting(self) : start_waiting(self);
}

void report(actor_self self, std::unordered_map<std::uint64_t, execution>::iterator it, outcome result) {
  auto& st = self->state;
  auto& e = it->second;
  st.tickets.erase(ticket_key(in_flight_key(e.delivery.what)));
  auto took = e.running ? steady::now() - e.began : steady::duration::zero();
  self->send(st.committer, effect_ended{std::move(e.delivery.what), e.claim, std::move(result), took, std::move(e.keys),
                                        std::move(e.delivery.source), e.answered ? e.answered->load() : 0});
  st.executions.erase(it);
}

void on_effect_reported(actor_self self, effect_reported& reported) {
  auto& st = self->state;
  auto it = st.executions.find(reported.ticket);
  if (it == st.executions.end()) return;
  faults::crash_at(faults::crash_point::after_effect);
  --st.running;
  --st.running_by_type[it->second.delivery.what.type];
  report(self, it, std::move(reported.result));
  start_waiting(self);
}

/// Ends a task that has not started anywhere in this process. Returns false if it has.
bool end_waiting(actor_self self, std::uint64_t ticket, const outcome& result) {
  auto& st = self->state;
  auto it = st.executions.find(ticket);
  auto key = in_flight_key(it->second.delivery.what);
  if (it->second.running || !std::holds_alternative<in_flight_effects::started>(st.shared->in_flight.start(key)))
    return false;
  st.waiting.at(it->second.delivery.what.type).erase(place_of(st, it->second, ticket));
  st.shared->in_flight.finish(key, result);  // so that no other queue's executor starts it
  report(self, it, result);
  return true;
}

/// Fails executions that exceeded their time-out. Only the first outcome is recorded, so a late one changes nothing.
void fail_overdue(effect_executor_state& st, steady::time_point now) {
  auto until = st.clock.update(now);
  for (auto& [ticket, e] : st.executions)
    if (e.running && until > e.deadline)
      st.shared->in_flight.finish(in_flight_key(e.delivery.what),
                                  retry{std::nullopt, "no outcome within the type's time-out"});
}

/// Returns tasks that could not start in time to the end of their queue, before the broker's consumer timeout expires.
void return_overdue(actor_self self, steady::time_point now) {
  auto& st = self->state;
  auto patience = st.shared->settings.amqp.consumer_timeout / 3;
  for (auto& [type, line] : st.waiting)
    for (auto [rank, ticket] : std::set{line})
      if (now - st.executions.at(ticket).taken > patience) end_waiting(self, ticket, snooze{std::chrono::milliseconds{0}});
}

/// Waiting tasks are claimed, and other nodes do not execute them while this one lives. So they return to their queue,
/// without an attempt.
void return_all_waiting(actor_self self) {
  for (auto& [type, line] : self->state.waiting)
    for (auto [rank, ticket] : std::set{line}) end_waiting(self, ticket, snooze{std::chrono::milliseconds{0}});
}

void apply_limits(actor_self self, const queue_limits& limits) {
  self->state.limits = limits;
  if (limits.paused) return_all_waiting(self);
  start_waiting(self);
}

void sweep(actor_self self) {
  auto now = steady::now();
  fail_overdue(self->state, now);
  return_overdue(self, now);
  supervision::send_after(self, sweep_interval, tick{0});
}

/// Ends tasks that have not started. A running one, here or in another queue's executor, sees the request through
/// in_flight_effects.
void cancel(actor_self self, const cancel_effects& request) {
  auto& st = self->state;
  for (auto& key : request.effects) {
    st.shared->in_flight.request_cancel(key);
    auto found = st.tickets.find(ticket_key(key));
    if (found != st.tickets.end()) end_waiting(self, found->second, cancelled{"cancelled before it started"});
  }
}

void start_drain(actor_self self) {
  auto& st = self->state;
  st.draining = true;
  std::vector<delivery_key> deliveries;
  for (auto& [type, line] : std::exchange(st.waiting, {}))
    for (auto [rank, ticket] : line) {
      auto it = st.executions.find(ticket);
      deliveries.insert(deliveries.end(), it->second.keys.begin(), it->second.keys.end());
      st.tickets.erase(ticket_key(in_flight_key(it->second.delivery.what)));
      st.executions.erase(it);
    }
  self->send(st.consumer, abandoned{std::move(deliveries)});
}

}  // namespace

caf::behavior effect_executor(caf::stateful_actor<effect_executor_state>* self, node_ptr shared, queue_config config) {
  self->state.shared = std::move(shared);
  self->state.config = std::move(config);
  supervision::send_after(self, sweep_interval, tick{0});
  return {
      [self](effect_reported& reported) { on_effect_reported(self, reported); },
      [self](start_effect& request) { on_start_effect(self, request); },
      [self](const attach_committer& a) { self->state.committer = a.committer; },
      [self](const attach_consumer& a) { self->state.consumer = a.consumer; },
      [self](const cancel_effects& request) { cancel(self, request); },
      [self](const tick&) { sweep(self); },
      [self](const drain&) { start_drain(self); },
      [self](const queue_limited& l) { apply_limits(self, l.limits); },
  };
}

}  // namespace millrace::actors
