#include "actors/pipeline/committer.hpp"

#include "actors/pipeline/commit_telemetry.hpp"
#include "actors/pipeline/post_commit.hpp"
#include "actors/pipeline/task_spans.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/supervision/crash_points.hpp"

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<committer_state>*;
using items_ptr = committer_state::items_ptr;

constexpr committer_state::commits::limits batch_limits{.max_items = 4'000, .max_bytes = 4 * 1024 * 1024};
constexpr auto failure_pause = 5'000ms;  // before retrying a batch that failed because of a bug or a wrong schema

// Before retrying a task that exceeds statement_timeout on its own.
constexpr std::chrono::milliseconds slow_task_pause = 5min;
// Between attempts to record what another node executes: that node may be about to die, so the first one is short.
constexpr std::chrono::milliseconds first_blocked_pause = 10ms, longest_blocked_pause = 100ms;

struct retry_parts {};
struct retry_blocked {};

task_key key_of(const commit_item& item) {
  auto& t = task_of(item);
  return {t.id, t.tenant};
}

/// The deliveries of one message share one allocation, which lives until the last of them is done.
std::vector<commit_item> items_of(std::vector<decoded_delivery> batch) {
  auto shared_batch = std::make_shared<std::vector<decoded_delivery>>(std::move(batch));
  std::vector<commit_item> items;
  items.reserve(shared_batch->size());
  for (auto& i : *shared_batch) items.emplace_back(std::shared_ptr<decoded_delivery>(shared_batch, &i));
  return items;
}

/// When a transaction was submitted.
struct transaction_start {
  std::chrono::steady_clock::time_point at;
  std::uint64_t presence_epoch;
};

void run_next(actor_self self);

void report_blocked(const committer_state& st) { st.shared->metrics.blocked(st.config.settings.name, st.blocked.size()); }

void abandon_blocked(actor_self self) {
  auto& st = self->state;
  abandoned given_up;
  for (auto& i : st.blocked)
    if (i.key) given_up.deliveries.push_back(i.key);
  st.blocked.clear();
  if (st.consumer && !given_up.deliveries.empty()) self->send(st.consumer, std::move(given_up));
}

void keep_blocked(actor_self self, std::vector<decoded_delivery> found) {
  auto& st = self->state;
  bool rechecked = std::exchange(st.rechecking, false);
  if (st.blocked.empty())
    st.blocked_pause = rechecked ? std::min(2 * st.blocked_pause, longest_blocked_pause) : first_blocked_pause;
  if (found.empty()) return rechecked ? report_blocked(st) : void();
  if (st.blocked.empty() && !st.draining) supervision::send_after(self, st.blocked_pause, retry_blocked{});
  st.blocked.insert(st.blocked.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  if (st.draining) abandon_blocked(self);
  report_blocked(st);
}

void committed(actor_self self, const items_ptr& items, const commit_result& result, const transaction_start& began) {
  auto& st = self->state;
  st.expects_recorded = result.found_recorded;
  st.slow_since.reset();
  faults::crash_at(faults::crash_point::after_commit);
  auto took = std::chrono::steady_clock::now() - began.at;
  auto out = resolve_post_commit(*st.shared, *items, result, began.presence_epoch);
  for (auto& effect : out.effects) self->send(st.executor, std::move(effect));
  bool anything_settled = !out.done.acknowledge.empty() || !out.done.reject.empty() || out.effects_ended;
  if (anything_settled && st.consumer) self->send(st.consumer, std::move(out.done));
  keep_blocked(self, std::move(out.blocked));
  if (result.next_due) self->send(st.shared->directory.find("outbox relay"), outbox_added{*result.next_due});
  run_next(self);
  // After run_next, so that the database works meanwhile: reporting thousands of tasks takes milliseconds.
  report_commit(*st.shared, st.config.settings.name, *items, result, took);
}

/// The outcome of an item that fails on its own, because of its data or its handler.
outcome outcome_of_failure(const postgres::failure& failed, bool refused) {
  if (refused) return dead{dead_reason::invalid_follow_up, failed.message};
  if (failed.sqlstate.empty()) return retry{std::nullopt, failed.message};
  if (failed.sqlstate == postgres::query_canceled)
    return snooze{slow_task_pause};  // the server may be at fault: no attempt is used up
  return dead{dead_reason::poison, failed.message + " (SQLSTATE " + failed.sqlstate + ")"};
}

void run(actor_self self, items_ptr items, std::optional<outcome> forced_outcome);

void retry_after_pause(actor_self self, items_ptr items, const postgres::failure& failed) {
  auto& st = self->state;
  monitoring::log(level::error, "commit failed; retrying after a pause",
                  {{"queue", st.config.settings.name},
                   {"tasks", static_cast<std::uint64_t>(items->size())},
                   {"task_id", to_string(task_of(items->front()).id)},
                   {"sqlstate", failed.sqlstate},
                   {"error", failed.message}});
  st.parts.push_back(std::move(items));
  supervision::send_after(self, failure_pause, retry_parts{});
}

/// The server may be at fault, so the task keeps its place in an ordered queue, but not until the broker takes it back.
void slow_in_order(actor_self self, items_ptr items, const postgres::failure& why) {
  auto& st = self->state;
  const auto now = self->clock().now();
  if (!st.slow_since) st.slow_since = now;
  const auto patience = st.shared->settings.amqp.consumer_timeout / 2;
  if (now - *st.slow_since < patience) return retry_after_pause(self, std::move(items), why);
  st.slow_since.reset();
  auto reason = "exceeded statement_timeout on its own for " +
                std::to_string(std::chrono::duration_cast<std::chrono::minutes>(patience).count()) + " min: " + why.message;
  run(self, std::move(items), dead{dead_reason::poison, std::move(reason)});
}

void failed(actor_self self, items_ptr items, const std::optional<outcome>& forced_outcome, const postgres::failure& why,
            bool refused) {
  auto& st = self->state;
  if (why.kind != postgres::failure_class::isolate || forced_outcome) return retry_after_pause(self, std::move(items), why);
  const bool slow = why.sqlstate == postgres::query_canceled;
  if (slow && items->size() == 1 && st.config.settings.ordered) return slow_in_order(self, std::move(items), why);
  if (items->size() == 1) {
    if (slow)
      monitoring::log(level::error, "task exceeded statement_timeout on its own; rescheduled",
                      {{"queue", st.config.settings.name},
                       {"task_id", to_string(task_of(items->front()).id)},
                       {"type", task_of(items->front()).type},
                       {"error", why.message}});
    return run(self, std::move(items), outcome_of_failure(why, refused));
  }
  auto middle = items->begin() + static_cast<std::ptrdiff_t>(items->size() / 2);
  st.parts.push_back(std::make_shared<const std::vector<commit_item>>(middle, items->end()));
  st.parts.push_back(std::make_shared<const std::vector<commit_item>>(items->begin(), middle));
  run_next(self);
}

void run(actor_self self, items_ptr items, std::optional<outcome> forced_outcome) {
  auto& st = self->state;
  auto plan = std::make_shared<const commit_plan>(
      commit_plan{.items = items,
                  .handlers = st.shared->handlers,
                  .node = st.shared->identity,
                  .now = std::chrono::system_clock::now(),
                  .read_liveness =
                      [shared = st.shared] {
                        return liveness{shared->presence_epoch() != 0, shared->may_take_over()};
                      },
                  .expects_recorded = st.expects_recorded,
                  .ordered = st.config.settings.ordered,
                  .lease_above = st.shared->lease_above(),
                  .forced_outcome = forced_outcome,
                  .crashes = st.shared->crashes.get(),
                  .timed = st.shared->spans != nullptr});
  auto refused = std::make_shared<std::atomic<bool>>(false);
  auto done = [self, items, forced_outcome, refused,
               began =
                   transaction_start{std::chrono::steady_clock::now(), st.shared->presence_epoch()}](unit_result result) {
    if (!result) return failed(self, items, forced_outcome, result.error(), *refused);
    committed(self, items, *std::any_cast<std::shared_ptr<const commit_result>>(*result), began);
  };
  st.database->submit(batch_work{std::move(plan), std::move(refused)}, std::move(done));
}

/// Registers an effect before it is recorded, with a copy for this actor's successor.
void register_effect(const committer_state& st, decoded_delivery& i) {
  if (i.id_assigned) return;  // published again under its new id and not executed; a redelivery would get another id
  auto* type = i.problem && !i.expired ? nullptr : st.shared->handlers->find(i.what.type);
  if (!type || type->transactional()) return;
  detach_from_read_buffer(i);
  if (!i.registered) i.registered = std::make_shared<const decoded_delivery>(i);
  i.registration = st.shared->in_flight.register_delivery({i.what.tenant, i.what.id, i.what.generation},
                                                          st.config.settings.name, i.registered);
}

/// Runs the next part of a split batch or, if none is left, the next batch.
void run_next(actor_self self) {
  auto& st = self->state;
  if (!st.parts.empty()) {
    auto next = std::move(st.parts.back());
    st.parts.pop_back();
    return run(self, std::move(next), std::nullopt);
  }
  if (st.batches->running()) st.batches->done();
  auto batch = st.batches->take();
  if (!batch)
    return st.incoming->idle([&](deliveries buffered) {
      if (st.consumer) self->send(st.consumer, std::move(buffered));
    });
  st.incoming->busy();
  for (auto& item : *batch)
    if (auto* i = std::get_if<std::shared_ptr<decoded_delivery>>(&item)) register_effect(st, **i);
  run(self, std::make_shared<const std::vector<commit_item>>(std::move(*batch)), std::nullopt);
}

/// The broker has redelivered the deliveries of an earlier epoch, here or to another node.
void drop_stale_blocked(committer_state& st, amqp::channel_epoch now) {
  std::erase_if(st.blocked, [now](const decoded_delivery& i) { return i.key && i.key.epoch != now; });
}

/// Records again what the predecessor had claimed or was about to claim. The inbox returns it to the same process, and the
/// effect executor adopts started effects.
void adopt_pending(committer_state& st) {
  for (auto& claimed : st.shared->in_flight.pending(st.config.settings.name)) {
    auto i = *claimed;
    i.registered = claimed;
    i.claimed_before = true;
    i.key = {};
    st.batches->add(std::make_shared<decoded_delivery>(std::move(i)));
  }
}

void start_if_idle(actor_self self) {
  if (!self->state.batches->running()) run_next(self);
}

}  // namespace
}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::retry_parts)
MILLRACE_LOCAL_MESSAGE(millrace::actors::retry_blocked)

namespace millrace::actors {

std::any batch_work::operator()(unit_of_work& work) const {
  try {
    return std::make_shared<const commit_result>(run_batch_transaction(work, *plan));
  } catch (const follow_ups_refused&) {
    *refused = true;
    throw;
  }
}

caf::behavior committer(caf::stateful_actor<committer_state>* self, node_ptr shared, queue_config config,
                        std::shared_ptr<delivery_buffer> incoming, caf::actor executor) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.batches = std::make_unique<committer_state::commits>(
      batch_limits, key_of, [](const commit_item& item) { return task_of(item).payload.size() + 512; });
  st.shared = std::move(shared);
  st.config = std::move(config);
  st.incoming = std::move(incoming);
  st.executor = std::move(executor);
  self->send(st.executor, attach_committer{caf::actor_cast<caf::actor>(self)});
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  report_blocked(st);
  adopt_pending(st);
  start_if_idle(self);
  return {
      [self](commit_deliveries& in) {
        if (!in.batch.empty() && in.batch.front().key && !in.batch.front().claimed_before)
          drop_stale_blocked(self->state, in.batch.front().key.epoch);
        self->state.batches->add(items_of(std::move(in.batch)));
        start_if_idle(self);
      },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](effect_ended& e) {
        if (self->state.shared->spans) trace_execution(*self->state.shared, e);
        self->state.batches->add(std::make_shared<effect_ended>(std::move(e)));
        start_if_idle(self);
      },
      [self](const attach_consumer& a) { self->state.consumer = a.consumer; },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
      [self](const retry_parts&) { run_next(self); },
      [self](const retry_blocked&) {
        self->state.batches->add(items_of(std::exchange(self->state.blocked, {})));
        self->state.rechecking = true;
        start_if_idle(self);
      },
      [self](const drain&) {
        self->state.draining = true;
        abandon_blocked(self);
        report_blocked(self->state);
      },
  };
}

}  // namespace millrace::actors
