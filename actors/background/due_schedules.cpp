#include "actors/background/due_schedules.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>

namespace millrace {
namespace {

using namespace std::chrono;
using postgres::schedule_task;
using postgres::schedule_timing;

// Fixed for ever: the ids of all fires depend on it.
constexpr uuid schedules{{0x8f, 0x0d, 0x6c, 0x1e, 0x43, 0xb5, 0x4a, 0x57, 0x9e, 0x0b, 0x5a, 0x1d, 0x2c, 0x77, 0x64, 0xd3}};

fire_time to_fire_time(std::int64_t us) { return fire_time{floor<seconds>(microseconds{us})}; }
std::int64_t us_of(fire_time at) { return to_us(wall_time{at}); }

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

/// One fire as a message: its id follows from name and time, so that a fire is one task however often it is asked for.
postgres::outbox_row message_of(const std::string& name, const schedule_task& s, fire_time at, std::int64_t now_us) {
  const auto time = to_rfc3339(at);
  return message_of(uuid::v5(uuid::v5(schedules, name), time), name + "@" + time, s, now_us);
}

class round_of_fires {
 public:
  explicit round_of_fires(postgres::session& session) : session_(session) {}

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
      if (auto looked = look_at(s); !looked) return tl::unexpected(looked.error());
    return std::move(out_);
  }

 private:
  tl::expected<void, postgres::failure> look_at(const schedule_timing& s) {
    auto table = zoned_cron::make(s.cron, s.timezone);
    auto problem = table ? std::string{} : table.error();
    if (problem != s.problem) {
      if (!problem.empty()) out_.problems.push_back({s.name, problem});
      auto noted = session_.run([&](unit_of_work& work) { postgres::note_schedule_problem(work, s.name, problem); });
      if (!noted) return noted;
    }
    if (!table) return {};
    const auto now = to_fire_time(now_us_);
    const auto what = due(*table, to_fire_time(s.settled_us), now, parse_catch_up(s.catch_up).value_or(catch_up::last));
    if (auto next = table->next(std::max(now, to_fire_time(s.settled_us)))) {
      const microseconds wait{us_of(*next) - now_us_};
      out_.next = std::min(out_.next.value_or(wait), wait);
    }
    return what.settled_until ? fire(s, what) : tl::expected<void, postgres::failure>{};
  }

  tl::expected<void, postgres::failure> fire(const schedule_timing& s, const due_fires& what) {
    bool ours = false;
    auto fired = session_.run([&](unit_of_work& work) {
      auto last = what.fires.empty() ? std::nullopt : std::optional{us_of(what.fires.back())};
      auto asked = postgres::settle_schedule(work, s.name, s.settled_us, us_of(*what.settled_until), last);
      ours = asked.has_value();
      if (!ours) return;
      std::vector<postgres::outbox_row> rows;
      for (auto at : what.fires) rows.push_back(message_of(s.name, *asked, at, now_us_));
      postgres::enqueue(work, rows);
    });
    if (!fired) return fired;
    const microseconds late{what.fires.empty() ? 0 : now_us_ - us_of(what.fires.back())};
    if (ours) out_.done.push_back({s.name, what.fires.size(), what.missed, late});
    return {};
  }

  postgres::session& session_;
  due_schedules out_;
  std::int64_t now_us_ = 0;
};

}  // namespace

std::string run_schedule_now(unit_of_work& work, const std::string& name) {
  const auto asked = postgres::read_schedule_task(work, name);
  if (!asked) return {};
  const auto now_us = postgres::database_now(work);
  const auto id = uuid::v7(wall_time{microseconds{now_us}});
  auto row = message_of(id, name + "@now", *asked, now_us);
  postgres::enqueue(work, {&row, 1});
  return to_string(id);
}

tl::expected<due_schedules, postgres::failure> run_schedules(postgres::session& session, int& backend) {
  return round_of_fires{session}.run(&backend);
}

tl::expected<due_schedules, postgres::failure> fire_schedules(postgres::session& session) {
  return round_of_fires{session}.run(nullptr);
}

}  // namespace millrace
