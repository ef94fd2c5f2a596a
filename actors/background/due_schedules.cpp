#include "actors/background/due_schedules.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

using namespace std::chrono;
using postgres::schedule_task;
using postgres::schedule_timing;

// Must never change: the ids of all scheduled tasks are derived from it.
constexpr uuid schedules{{0x8f, 0x0d, 0x6c, 0x1e, 0x43, 0xb5, 0x4a, 0x57, 0x9e, 0x0b, 0x5a, 0x1d, 0x2c, 0x77, 0x64, 0xd3}};

schedule::fire_time to_fire_time(std::int64_t us) { return schedule::fire_time{floor<seconds>(microseconds{us})}; }
std::int64_t us_of(schedule::fire_time at) { return to_us(wall_time{at}); }

postgres::outbox_row message_of(const uuid& id, const std::string& correlation_id, const schedule_task& s,
                                std::int64_t now_us) {
  task t;
  t.id = id;
  t.tenant = s.tenant;
  t.type = s.type;
  t.queue = s.queue.empty() ? s.type : s.queue;
  t.content = s.content_type == "application/msgpack" ? content_type::msgpack : content_type::json;
  t.correlation_id = correlation_id;
  const auto now = wall_time{microseconds{now_us}};
  t.published_at = now;
  auto row = first_publication(t, now);
  if (s.queue.empty()) row.exchange = task_exchange;
  row.body = s.payload;
  return row;
}

/// One run as a message. Its id is derived from name and time, so that a run is one task however often it is enqueued.
postgres::outbox_row message_of(const std::string& name, const schedule_task& s, schedule::fire_time at,
                                std::int64_t now_us) {
  const auto time = to_rfc3339(at);
  return message_of(uuid::v5(uuid::v5(schedules, name), time), name + "@" + time, s, now_us);
}

class schedule_pass {
 public:
  explicit schedule_pass(postgres::session& session) : session_(session) {}

  tl::expected<due_schedules, postgres::failure> run(int* backend) {
    std::vector<schedule_timing> enabled;
    auto read = session_.run([&](unit_of_work& work) {
      out_.leads = !backend || postgres::lead_schedulers(work, *backend);
      if (!out_.leads) return;
      now_us_ = postgres::database_now(work);
      enabled = postgres::enabled_schedules(work);
    });
    if (!read) return tl::unexpected(read.error());
    for (auto& s : enabled) out_.enabled.push_back(s.name);
    for (auto& s : enabled)
      if (auto processed = process(s); !processed) return tl::unexpected(processed.error());
    return std::move(out_);
  }

 private:
  tl::expected<void, postgres::failure> process(const schedule_timing& s) {
    auto table = schedule::zoned_cron::make(s.cron, s.timezone);
    auto problem = table ? std::string{} : table.error();
    if (problem != s.problem) {
      if (!problem.empty()) out_.problems.push_back({s.name, problem});
      auto stored = session_.run([&](unit_of_work& work) { postgres::note_schedule_problem(work, s.name, problem); });
      if (!stored) return stored;
    }
    if (!table) return {};
    const auto now = to_fire_time(now_us_);
    const auto due_now = schedule::due(*table, to_fire_time(s.settled_us), now,
                                       schedule::parse_catch_up(s.catch_up).value_or(schedule::catch_up::last));
    if (auto next = table->next(std::max(now, to_fire_time(s.settled_us)))) {
      const microseconds delay{us_of(*next) - now_us_};
      out_.next = std::min(out_.next.value_or(delay), delay);
    }
    return due_now.settled_until ? fire(s, due_now) : tl::expected<void, postgres::failure>{};
  }

  tl::expected<void, postgres::failure> fire(const schedule_timing& s, const schedule::due_fires& due_now) {
    bool advanced = false;
    auto fired = session_.run([&](unit_of_work& work) {
      auto last = due_now.fires.empty() ? std::nullopt : std::optional{us_of(due_now.fires.back())};
      auto schedule = postgres::settle_schedule(work, s.name, s.settled_us, us_of(*due_now.settled_until), last);
      advanced = schedule.has_value();
      if (!advanced) return;
      std::vector<postgres::outbox_row> rows;
      for (auto at : due_now.fires) rows.push_back(message_of(s.name, *schedule, at, now_us_));
      postgres::enqueue(work, rows);
    });
    if (!fired) return fired;
    const microseconds late{due_now.fires.empty() ? 0 : now_us_ - us_of(due_now.fires.back())};
    if (advanced) out_.done.push_back({s.name, due_now.fires.size(), due_now.missed, late});
    return {};
  }

  postgres::session& session_;
  due_schedules out_;
  std::int64_t now_us_ = 0;
};

}  // namespace

std::string run_schedule_now(unit_of_work& work, const std::string& name) {
  const auto schedule = postgres::read_schedule_task(work, name);
  if (!schedule) return {};
  const auto now_us = postgres::database_now(work);
  const auto id = uuid::v7(wall_time{microseconds{now_us}});
  auto row = message_of(id, name + "@now", *schedule, now_us);
  postgres::enqueue(work, {&row, 1});
  return to_string(id);
}

tl::expected<due_schedules, postgres::failure> run_schedules(postgres::session& session, int& backend) {
  return schedule_pass{session}.run(&backend);
}

tl::expected<due_schedules, postgres::failure> fire_schedules(postgres::session& session) {
  return schedule_pass{session}.run(nullptr);
}

}  // namespace millrace::actors
