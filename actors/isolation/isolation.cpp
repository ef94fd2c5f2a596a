#include "actors/isolation/isolation.hpp"

#include "actors/isolation/isolation_frame.hpp"
#include "connectors/postgres/cluster/crash_store.hpp"
#include "monitoring/log/log.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<isolation_state>*;

constexpr auto check_interval = 1'000ms;
constexpr auto pause_after_failure = 1'000ms;
constexpr auto time_to_start = 30s;
constexpr auto idle_time = 30s;
constexpr auto time_beyond_timeout = 60s;
constexpr std::uint32_t crashes_until_dead = 3;

struct resume {};

void advance(actor_self self);

void report_length(const isolation_state& st) {
  st.shared->metrics.isolation_waiting(st.waiting.size() + (st.current ? 1 : 0));
}

bool is_draining(const isolation_state& st, const caf::actor& consumer) {
  return std::find(st.draining.begin(), st.draining.end(), consumer) != st.draining.end();
}

postgres::crash_key key_of(const task& t) { return {t.tenant, to_string(t.id)}; }

void write_log(level severity, const char* what, const isolate& item, const std::string& how) {
  monitoring::log(severity, what,
                  {{"task_id", to_string(item.delivery.what.id)},
                   {"tenant", item.delivery.what.tenant},
                   {"type", item.delivery.what.type},
                   {"queue", item.queue},
                   {"how", how}});
}

void pause(actor_self self) {
  self->state.paused = true;
  supervision::send_after(self, pause_after_failure, resume{});
}

void start_child(actor_self self) {
  auto& st = self->state;
  auto me = caf::actor_cast<caf::actor>(self);
  auto number = ++st.child_number;
  process::child_events events{.message =
                                   [me, number](std::string message) {
                                     caf::anon_send(me, child_message{number, std::move(message)});
                                   },
                               .ended =
                                   [me, number](int status) {
                                     caf::anon_send(me, child_ended{number, status});
                                   }};
  try {
    st.child = std::make_unique<isolated_child>(*st.shared, std::move(events));
  } catch (const std::system_error& e) {
    monitoring::log(level::error, "isolated process cannot be started; retrying", {{"error", e.what()}});
    pause(self);
  }
}

/// Continues with the next task once the consumer has been answered.
void finish_current(actor_self self) {
  self->state.current.reset();
  advance(self);
}

void dead_letter_current(actor_self self, std::uint32_t crashes, const std::string& how) {
  auto& st = self->state;
  auto dead_letter = std::move(st.current->delivery);
  dead_letter.problem =
      dead{dead_reason::poison, "crashed the process " + std::to_string(crashes) + " times, the last time " + how};
  dead_letter.what.expires_at.reset();  // so that it is not classified as expired
  commit_deliveries out;
  out.batch.push_back(std::move(dead_letter));
  self->send(st.shared->directory.find("committer " + st.current->queue), std::move(out));
  finish_current(self);
}

/// Counted once per record, so that a lost answer does no harm. If this process is killed, its next start counts the record.
void count_crash(actor_self self) {
  auto& st = self->state;
  st.database_busy = true;
  postgres::crash_count crashed{.record = std::filesystem::path(st.uncounted_crash->record).filename().string(),
                                .node = st.shared->name,
                                .proven = true,
                                .tasks = {key_of(st.current->delivery.what)}};
  auto work = [crashed](unit_of_work& w) {
    postgres::count_crash(w, crashed);
    return std::any{postgres::crashes_of(w, crashed.tasks.front())};
  };
  st.database->submit(std::move(work), [self](unit_result result) {
    auto& state = self->state;
    state.database_busy = false;
    if (!result) {
      write_log(level::error, "crash cannot be recorded; retrying", *state.current, result.error().message);
      return pause(self);
    }
    auto crash = std::move(*state.uncounted_crash);
    state.uncounted_crash.reset();
    std::error_code ignored;
    std::filesystem::remove(crash.record, ignored);
    auto crashes = std::any_cast<std::uint32_t>(*result);
    if (crashes >= crashes_until_dead && crash.alone) return dead_letter_current(self, crashes, crash.how);
    advance(self);
  });
}

void ended(actor_self self, int status) {
  auto& st = self->state;
  auto child = std::move(st.child);
  auto end = st.current ? child->classify(status, st.current->delivery.what) : isolated_child::end{};
  if (end.crashed) {
    st.shared->metrics.isolated_crash();
    write_log(level::warn, "task crashed its isolated process", *st.current, end.how);
    st.uncounted_crash = {child->record(), end.how, child->fresh()};
    return count_crash(self);
  }
  std::error_code ignored;
  std::filesystem::remove(child->record(), ignored);
  if (!st.current || st.database_busy) return;
  write_log(level::warn, "isolated process exited without a crash; restarting it", *st.current, end.how);
  pause(self);
}

void on_child_settled(actor_self self, bool unclean) {
  auto& st = self->state;
  st.child->set_settled();
  if (unclean) st.child.reset();
  st.shared->metrics.isolated_task();
  st.database_busy = true;
  auto clear = [key = key_of(st.current->delivery.what)](unit_of_work& w) {
    postgres::clear_quarantine(w, key);
    return std::any{};
  };
  st.database->submit(std::move(clear), [self](unit_result result) {
    auto& state = self->state;
    if (!result) write_log(level::error, "quarantine entry cannot be cleared", *state.current, result.error().message);
    state.database_busy = false;
    self->send(state.current->consumer, settled{{state.current->delivery.key}, {}});
    finish_current(self);
  });
}

void on_child_message(actor_self self, const child_message& s) {
  auto& st = self->state;
  if (!st.child || s.child != st.child_number) return;
  if (s.message == isolation::ready) return st.child->set_ready(), advance(self);
  if (st.child->busy()) on_child_settled(self, s.message != isolation::settled_clean);
}

void advance(actor_self self) {
  auto& st = self->state;
  while (!st.database_busy && !st.uncounted_crash) {
    if (!st.current && !st.waiting.empty()) {
      st.current = std::move(st.waiting.front());
      st.waiting.pop_front();
    }
    if (!st.current || (st.child && st.child->busy()) || !is_draining(st, st.current->consumer)) break;
    self->send(st.current->consumer, abandoned{{st.current->delivery.key}});
    st.current.reset();
  }
  report_length(st);
  if (st.paused || st.database_busy || !st.current) return;
  if (st.uncounted_crash) return count_crash(self);
  if (!st.child) return start_child(self);
  if (st.child->available()) st.child->send(st.current->queue, st.current->delivery.source);
}

/// The broker has requeued tasks of an earlier consumer or epoch.
void enqueue(actor_self self, isolate& item) {
  auto& st = self->state;
  std::erase_if(st.waiting, [&](const isolate& old) {
    return old.queue == item.queue && (old.consumer != item.consumer || old.delivery.key.epoch != item.delivery.key.epoch);
  });
  st.waiting.push_back(std::move(item));
  advance(self);
}

void check_child(actor_self self) {
  auto& st = self->state;
  supervision::send_after(self, check_interval, tick{0});
  st.stopping.reset();
  if (!st.child) return;
  auto idle = st.child->idle_for(isolated_child::clock::now());
  if (!st.child->ready() && idle > time_to_start) return st.child->kill();
  if (st.child->busy()) {
    auto& t = st.current->delivery.what;
    auto* type = st.shared->handlers->find(t.type);
    return st.child->kill_if_overdue(t, (type ? type->policy.timeout : 0ms) + time_beyond_timeout);
  }
  if (st.current || idle < idle_time) return;
  st.child->close();
  st.stopping = std::move(st.child);
}

void start_drain(actor_self self, const caf::actor& consumer) {
  auto& st = self->state;
  st.draining.push_back(consumer);
  abandoned returned;
  std::erase_if(st.waiting, [&](const isolate& i) {
    if (i.consumer == consumer) returned.deliveries.push_back(i.delivery.key);
    return i.consumer == consumer;
  });
  self->send(consumer, std::move(returned));
  advance(self);
}

}  // namespace
}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::resume)

namespace millrace::actors {

caf::behavior isolated_executor(caf::stateful_actor<isolation_state>* self, node_ptr shared) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.shared = std::move(shared);
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  supervision::send_after(self, check_interval, tick{0});
  return {
      [self](isolate& item) { enqueue(self, item); },
      [self](const child_message& s) { on_child_message(self, s); },
      [self](const child_ended& e) {
        if (self->state.child && e.child == self->state.child_number) ended(self, e.status);
      },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const resume&) {
        self->state.paused = false;
        advance(self);
      },
      [self](const drain& d) { start_drain(self, d.reply_to); },
      [self](const tick&) { check_child(self); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace::actors
