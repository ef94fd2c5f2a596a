#include "actors/pipeline/committer.hpp"

#include "actors/pipeline/commit_telemetry.hpp"
#include "actors/pipeline/post_commit.hpp"
#include "actors/pipeline/task_spans.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/supervision/crash_points.hpp"

#include <atomic>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<committer_state>*;
using items_ptr = committer_state::items_ptr;

constexpr committer_state::commits::limits batch_limits{.max_items = 4'000, .max_bytes = 4 * 1024 * 1024};
constexpr auto bug_pause = 5'000ms;  // before a batch that fails because of a bug or a wrong schema is tried again

// Before what another node has under way is looked at again: at first, that node may just be dying.
constexpr std::chrono::milliseconds too_slow_pause = 5min;  // of a task that takes too long even alone
constexpr std::chrono::milliseconds first_blocked_pause = 10ms, longest_blocked_pause = 100ms;

struct retry_parts {};
struct retry_blocked {};

task_key key_of(const commit_item& item) {
  auto& t = task_of(item);
  return {t.id, t.tenant};
}

/// The deliveries of one message lie side by side, and live until the last of them is done.
std::vector<commit_item> items_of(std::vector<decoded_delivery> batch) {
  auto together = std::make_shared<std::vector<decoded_delivery>>(std::move(batch));
  std::vector<commit_item> items;
  items.reserve(together->size());
  for (auto& i : *together) items.emplace_back(std::shared_ptr<decoded_delivery>(together, &i));
  return items;
}

/// When a transaction was asked for.
struct began_in {
  std::chrono::steady_clock::time_point at;
  std::uint64_t presence_epoch;
};

void run_next(actor_self self);

void report_blocked(const committer_state& st) { st.shared->metrics.blocked(st.role.settings.name, st.blocked.size()); }

void abandon_blocked(actor_self self) {
  auto& st = self->state;
  abandoned given_up;
  for (auto& i : st.blocked)
    if (i.key) given_up.deliveries.push_back(i.key);
  st.blocked.clear();
  if (st.consumer && !given_up.deliveries.empty()) self->send(st.consumer, std::move(given_up));
}

void block(actor_self self, std::vector<decoded_delivery> found) {
  auto& st = self->state;
  bool recounted = std::exchange(st.recounting, false);
  if (st.blocked.empty())
    st.blocked_pause = recounted ? std::min(2 * st.blocked_pause, longest_blocked_pause) : first_blocked_pause;
  if (found.empty()) return recounted ? report_blocked(st) : void();
  if (st.blocked.empty() && !st.draining) send_after(self, st.blocked_pause, retry_blocked{});
  st.blocked.insert(st.blocked.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  if (st.draining) abandon_blocked(self);
  report_blocked(st);
}

void committed(actor_self self, const items_ptr& items, const commit_result& result, const began_in& began) {
  auto& st = self->state;
  st.meets_known = result.met_known;
  faults::crash_at(faults::crash_point::after_commit);
  auto took = std::chrono::steady_clock::now() - began.at;
  auto out = resolve_post_commit(*st.shared, *items, result, began.presence_epoch);
  for (auto& effect : out.effects) self->send(st.executor, std::move(effect));
  bool news = !out.done.acknowledge.empty() || !out.done.reject.empty() || out.effects_ended;
  if (news && st.consumer) self->send(st.consumer, std::move(out.done));
  block(self, std::move(out.blocked));
  if (result.next_due) self->send(st.shared->directory.find("outbox relay"), outbox_added{*result.next_due});
  run_next(self);
  // While the database is at work again: to tell of thousands of tasks takes milliseconds.
  report_commit(*st.shared, st.role.settings.name, *items, result, took);
}

/// One item that fails alone: what its data or its handler did wrong becomes its outcome.
outcome verdict_on(const postgres::failure& failed, bool refused) {
  if (refused) return dead{dead_reason::invalid_follow_up, failed.message};
  if (failed.sqlstate.empty()) return retry{std::nullopt, failed.message};
  if (failed.sqlstate == postgres::query_canceled)
    return snooze{too_slow_pause};  // the server may be at fault: no attempt is used up
  return dead{dead_reason::poison, failed.message + " (SQLSTATE " + failed.sqlstate + ")"};
}

void run(actor_self self, items_ptr items, std::optional<outcome> verdict);

void wait_for_mending(actor_self self, items_ptr items, const postgres::failure& failed) {
  auto& st = self->state;
  monitoring::log(level::error, "commit failed, waiting before the next try",
                  {{"queue", st.role.settings.name},
                   {"tasks", static_cast<std::uint64_t>(items->size())},
                   {"task_id", to_string(task_of(items->front()).id)},
                   {"sqlstate", failed.sqlstate},
                   {"error", failed.message}});
  st.parts.push_back(std::move(items));
  send_after(self, bug_pause, retry_parts{});
}

void failed(actor_self self, items_ptr items, const std::optional<outcome>& verdict, const postgres::failure& why,
            bool refused) {
  auto& st = self->state;
  if (why.kind != postgres::failure_class::isolate || verdict) return wait_for_mending(self, std::move(items), why);
  if (items->size() == 1) {
    if (why.sqlstate == postgres::query_canceled)
      monitoring::log(level::error, "a task takes longer than a statement may, though it is alone; it comes again",
                      {{"queue", st.role.settings.name},
                       {"task_id", to_string(task_of(items->front()).id)},
                       {"type", task_of(items->front()).type},
                       {"error", why.message}});
    return run(self, std::move(items), verdict_on(why, refused));
  }
  auto middle = items->begin() + static_cast<std::ptrdiff_t>(items->size() / 2);
  st.parts.push_back(std::make_shared<const std::vector<commit_item>>(middle, items->end()));
  st.parts.push_back(std::make_shared<const std::vector<commit_item>>(items->begin(), middle));
  run_next(self);
}

void run(actor_self self, items_ptr items, std::optional<outcome> verdict) {
  auto& st = self->state;
  auto plan = std::make_shared<const commit_plan>(
      commit_plan{.items = items,
                  .handlers = st.shared->handlers,
                  .node = st.shared->identity,
                  .now = std::chrono::system_clock::now(),
                  .as_seen =
                      [shared = st.shared] {
                        return standing{shared->presence_epoch() != 0, shared->may_take_over()};
                      },
                  .meets_known = st.meets_known,
                  .lease_above = st.shared->lease_above(),
                  .verdict = verdict,
                  .crashes = st.shared->crashes.get(),
                  .timed = st.shared->spans != nullptr});
  auto refused = std::make_shared<std::atomic<bool>>(false);
  auto work = [plan, refused](unit_of_work& w) {
    try {
      return std::any{std::make_shared<const commit_result>(run_batch_transaction(w, *plan))};
    } catch (const follow_ups_refused&) {
      *refused = true;
      throw;
    }
  };
  auto done = [self, items, verdict, refused,
               began = began_in{std::chrono::steady_clock::now(), st.shared->presence_epoch()}](unit_result result) {
    if (!result) return failed(self, items, verdict, result.error(), *refused);
    committed(self, items, *std::any_cast<std::shared_ptr<const commit_result>>(*result), began);
  };
  st.database->submit(std::move(work), std::move(done));
}

/// Enters an effect into the journal before it is counted, with a copy for whoever comes after this actor.
void enter_journal(const committer_state& st, decoded_delivery& i) {
  if (i.id_assigned) return;  // it goes out under its id and is not executed; its redelivery would get another one
  auto* type = i.problem && !i.expired ? nullptr : st.shared->handlers->find(i.what.type);
  if (!type || type->transactional()) return;
  detach_from_read_buffer(i);
  if (!i.kept) i.kept = std::make_shared<const decoded_delivery>(i);
  i.in_flight_hold =
      st.shared->in_flight.register_delivery({i.what.tenant, i.what.id, i.what.generation}, st.role.settings.name, i.kept);
}

void rest(const committer_state& st, actor_self self) {
  auto waited = st.incoming->idle();
  if (waited && st.consumer) self->send(st.consumer, std::move(*waited));
}

/// Runs the next part of a batch that was halved; once none is left, the next batch.
void run_next(actor_self self) {
  auto& st = self->state;
  if (!st.parts.empty()) {
    auto next = std::move(st.parts.back());
    st.parts.pop_back();
    return run(self, std::move(next), std::nullopt);
  }
  if (st.gathering->running()) st.gathering->done();
  auto batch = st.gathering->take();
  if (!batch) return rest(st, self);
  st.incoming->busy();
  for (auto& item : *batch)
    if (auto* i = std::get_if<std::shared_ptr<decoded_delivery>>(&item)) enter_journal(st, **i);
  run(self, std::make_shared<const std::vector<commit_item>>(std::move(*batch)), std::nullopt);
}

/// What an earlier epoch delivered, the broker has delivered anew, here or handed_off.
void forget_stale_blocked(committer_state& st, amqp::channel_epoch now) {
  std::erase_if(st.blocked, [now](const decoded_delivery& i) { return i.key && i.key.epoch != now; });
}

/// Counts what the predecessor had claimed, or was about to. As it is the same process, the inbox gives it back, and the
/// effect executor takes up what has begun.
void adopt(committer_state& st) {
  for (auto& claimed : st.shared->in_flight.pending(st.role.settings.name)) {
    auto i = *claimed;
    i.kept = claimed;
    i.claimed_before = true;
    i.key = {};
    st.gathering->add(std::make_shared<decoded_delivery>(std::move(i)));
  }
}

void start_if_idle(actor_self self) {
  if (!self->state.gathering->running()) run_next(self);
}

}  // namespace
}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::retry_parts)
MILLRACE_LOCAL_MESSAGE(millrace::retry_blocked)

namespace millrace {

caf::behavior committer(caf::stateful_actor<committer_state>* self, node_ptr shared, queue_config role,
                        std::shared_ptr<delivery_buffer> incoming, caf::actor executor) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.gathering = std::make_unique<committer_state::commits>(
      batch_limits, key_of, [](const commit_item& item) { return task_of(item).payload.size() + 512; });
  st.shared = std::move(shared);
  st.role = std::move(role);
  st.incoming = std::move(incoming);
  st.executor = std::move(executor);
  self->send(st.executor, attach_committer{caf::actor_cast<caf::actor>(self)});
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  report_blocked(st);
  adopt(st);
  start_if_idle(self);
  return {
      [self](commit_deliveries& in) {
        if (!in.batch.empty() && in.batch.front().key && !in.batch.front().claimed_before)
          forget_stale_blocked(self->state, in.batch.front().key.epoch);
        self->state.gathering->add(items_of(std::move(in.batch)));
        start_if_idle(self);
      },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](effect_ended& e) {
        if (self->state.shared->spans) trace_execution(*self->state.shared, e);
        self->state.gathering->add(std::make_shared<effect_ended>(std::move(e)));
        start_if_idle(self);
      },
      [self](const attach_consumer& a) { self->state.consumer = a.consumer; },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
      [self](const retry_parts&) { run_next(self); },
      [self](const retry_blocked&) {
        self->state.gathering->add(items_of(std::exchange(self->state.blocked, {})));
        self->state.recounting = true;
        start_if_idle(self);
      },
      [self](const drain&) {
        self->state.draining = true;
        abandon_blocked(self);
        report_blocked(self->state);
      },
  };
}

}  // namespace millrace
