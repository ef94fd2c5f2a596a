#include "actors/isolation/isolation.hpp"

#include "actors/isolation/isolation_frame.hpp"
#include "connectors/postgres/cluster/crash_store.hpp"
#include "monitoring/log/log.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<isolation_state>*;

constexpr auto look = 1'000ms;
constexpr auto pause_after_failure = 1'000ms;
constexpr auto time_to_start = 30s;
constexpr auto idle_time = 30s;
constexpr auto time_beyond_timeout = 60s;
constexpr std::uint32_t crashes_until_dead = 3;

struct go_on {};

void advance(actor_self self);

void tell_length(const isolation_state& st) {
  st.shared->metrics.isolation_waiting(st.waiting.size() + (st.current ? 1 : 0));
}

bool drains(const isolation_state& st, const caf::actor& consumer) {
  return std::find(st.draining.begin(), st.draining.end(), consumer) != st.draining.end();
}

postgres::crash_key key_of(const task& t) { return {t.tenant, to_string(t.id)}; }

void write_log(level severity, const char* what, const isolate& item, const std::string& how) {
  monitoring::log(severity, what,
                  {{"task_id", to_string(item.what.what.id)},
                   {"tenant", item.what.what.tenant},
                   {"type", item.what.what.type},
                   {"queue", item.queue},
                   {"how", how}});
}

void pause(actor_self self) {
  self->state.paused = true;
  send_after(self, pause_after_failure, go_on{});
}

void start_child(actor_self self) {
  auto& st = self->state;
  auto me = caf::actor_cast<caf::actor>(self);
  auto number = ++st.child_number;
  process::child_events tell{.said =
                                 [me, number](std::string message) {
                                   caf::anon_send(me, child_said{number, std::move(message)});
                                 },
                             .ended =
                                 [me, number](int status) {
                                   caf::anon_send(me, child_ended{number, status});
                                 }};
  try {
    st.child = std::make_unique<isolated_child>(*st.shared, std::move(tell));
  } catch (const std::system_error& e) {
    monitoring::log(level::error, "no process for quarantine can be started", {{"error", e.what()}});
    pause(self);
  }
}

/// The consumer has what it needs to know about the current task; on to the next one.
void leave_current(actor_self self) {
  self->state.current.reset();
  advance(self);
}

void give_up(actor_self self, std::uint32_t crashes, const std::string& how) {
  auto& st = self->state;
  auto letter = std::move(st.current->what);
  letter.problem =
      dead{dead_reason::poison, "crashed the process " + std::to_string(crashes) + " times, the last time " + how};
  letter.what.expires_at.reset();  // it must not be taken for one that expired, nor for one that may be executed
  commit_deliveries out;
  out.batch.push_back(std::move(letter));
  self->send(st.shared->directory.find("committer " + st.current->queue), std::move(out));
  leave_current(self);
}

/// Counted once for each record, so that a lost answer does no harm; were we killed, the next start would count it.
void count_crash(actor_self self) {
  auto& st = self->state;
  st.asking = true;
  postgres::crash_count crashed{.record = std::filesystem::path(st.uncounted->record).filename().string(),
                                .node = st.shared->name,
                                .proven = true,
                                .tasks = {key_of(st.current->what.what)}};
  auto work = [crashed](unit_of_work& w) {
    postgres::count_crash(w, crashed);
    return std::any{postgres::crashes_of(w, crashed.tasks.front())};
  };
  st.database->submit(std::move(work), [self](unit_result result) {
    auto& state = self->state;
    state.asking = false;
    if (!result) {
      write_log(level::error, "a crash cannot be counted", *state.current, result.error().message);
      return pause(self);
    }
    auto crash = std::move(*state.uncounted);
    state.uncounted.reset();
    std::error_code gone_already;
    std::filesystem::remove(crash.record, gone_already);
    auto crashes = std::any_cast<std::uint32_t>(*result);
    if (crashes >= crashes_until_dead && crash.alone) return give_up(self, crashes, crash.how);
    advance(self);
  });
}

void ended(actor_self self, int status) {
  auto& st = self->state;
  auto child = std::move(st.child);
  auto end = st.current ? child->judge(status, st.current->what.what) : isolated_child::end{};
  if (end.crashed) {
    st.shared->metrics.isolated_crash();
    write_log(level::warn, "a task crashed the process that it had for itself", *st.current, end.how);
    st.uncounted = {child->record(), end.how, child->fresh()};
    return count_crash(self);
  }
  std::error_code gone_already;
  std::filesystem::remove(child->record(), gone_already);
  if (!st.current || st.asking) return;
  write_log(level::warn, "the process for quarantine ended without a crash, starting another", *st.current, end.how);
  pause(self);
}

void settled_one(actor_self self, bool stained) {
  auto& st = self->state;
  st.child->set_settled();
  if (stained) st.child.reset();
  st.shared->metrics.isolated_task();
  st.asking = true;
  auto clear = [key = key_of(st.current->what.what)](unit_of_work& w) {
    postgres::clear_quarantine(w, key);
    return std::any{};
  };
  st.database->submit(std::move(clear), [self](unit_result result) {
    auto& state = self->state;
    if (!result) write_log(level::error, "a suspect cannot be cleared", *state.current, result.error().message);
    state.asking = false;
    self->send(state.current->consumer, settled{{state.current->what.key}, {}});
    leave_current(self);
  });
}

void said(actor_self self, const child_said& s) {
  auto& st = self->state;
  if (!st.child || s.child != st.child_number) return;
  if (s.message == isolation::ready) return st.child->set_ready(), advance(self);
  if (st.child->given()) settled_one(self, s.message != isolation::settled_clean);
}

void advance(actor_self self) {
  auto& st = self->state;
  while (!st.asking && !st.uncounted) {
    if (!st.current && !st.waiting.empty()) {
      st.current = std::move(st.waiting.front());
      st.waiting.pop_front();
    }
    if (!st.current || (st.child && st.child->given()) || !drains(st, st.current->consumer)) break;
    self->send(st.current->consumer, abandoned{{st.current->what.key}});
    st.current.reset();
  }
  tell_length(st);
  if (st.paused || st.asking || !st.current) return;
  if (st.uncounted) return count_crash(self);
  if (!st.child) return start_child(self);
  if (st.child->may_be_given()) st.child->give(st.current->queue, st.current->what.source);
}

/// What another consumer, or an earlier epoch, left here is the broker's again and comes by itself.
void take(actor_self self, isolate& item) {
  auto& st = self->state;
  std::erase_if(st.waiting, [&](const isolate& old) {
    return old.queue == item.queue && (old.consumer != item.consumer || old.what.key.epoch != item.what.key.epoch);
  });
  st.waiting.push_back(std::move(item));
  advance(self);
}

void look_after_child(actor_self self) {
  auto& st = self->state;
  send_after(self, look, tick{0});
  st.leaving.reset();
  if (!st.child) return;
  auto quiet = st.child->quiet(isolated_child::clock::now());
  if (!st.child->ready() && quiet > time_to_start) return st.child->kill();
  if (st.child->given()) {
    auto& t = st.current->what.what;
    auto* type = st.shared->handlers->find(t.type);
    return st.child->kill_if_over(t, (type ? type->policy.timeout : 0ms) + time_beyond_timeout);
  }
  if (st.current || quiet < idle_time) return;
  st.child->dismiss();
  st.leaving = std::move(st.child);
}

void begin_drain(actor_self self, const caf::actor& consumer) {
  auto& st = self->state;
  st.draining.push_back(consumer);
  abandoned gone;
  std::erase_if(st.waiting, [&](const isolate& i) {
    if (i.consumer == consumer) gone.deliveries.push_back(i.what.key);
    return i.consumer == consumer;
  });
  self->send(consumer, std::move(gone));
  advance(self);
}

}  // namespace
}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::go_on)

namespace millrace {

caf::behavior isolated_executor(caf::stateful_actor<isolation_state>* self, node_ptr shared) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.shared = std::move(shared);
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  send_after(self, look, tick{0});
  return {
      [self](isolate& item) { take(self, item); },
      [self](const child_said& s) { said(self, s); },
      [self](const child_ended& e) {
        if (self->state.child && e.child == self->state.child_number) ended(self, e.status);
      },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const go_on&) {
        self->state.paused = false;
        advance(self);
      },
      [self](const drain& d) { begin_drain(self, d.reply_to); },
      [self](const tick&) { look_after_child(self); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace
