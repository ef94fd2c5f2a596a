#include "actors/background/schedule_view.hpp"

#include "runtime/task/rfc3339.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::actors {
namespace {

using namespace std::chrono;

schedule::fire_time second_of(std::int64_t us) { return floor<seconds>(sys_time<microseconds>{microseconds{us}}); }

std::string text_of(schedule::fire_time at) { return to_rfc3339(at).substr(0, 19) + "Z"; }

}  // namespace

schedule_view view_of(postgres::schedule_record row, schedule::fire_time now) {
  auto table = schedule::zoned_cron::make(row.cron, row.timezone);
  if (!table) row.problem = table.error();
  const auto next = table && row.enabled ? table->next(std::max(second_of(row.settled_us), now)) : std::nullopt;
  auto last = row.last_fired_us ? text_of(second_of(*row.last_fired_us)) : std::string{};
  return {std::move(row), next ? text_of(*next) : std::string{}, std::move(last)};
}

std::vector<schedule_view> view_schedules(unit_of_work& work, const postgres::schedule_page& page) {
  const auto now = second_of(postgres::database_now(work));
  std::vector<schedule_view> all;
  for (auto& row : postgres::list_schedules(work, page)) all.push_back(view_of(std::move(row), now));
  return all;
}

nlohmann::ordered_json to_json(const schedule_view& s) {
  using nlohmann::ordered_json;
  const auto text = [](const std::string& t) { return t.empty() ? ordered_json{} : ordered_json(t); };
  auto& r = s.row;
  return {{"name", r.name},
          {"enabled", r.enabled},
          {"cron", r.cron},
          {"timezone", r.timezone},
          {"type", r.type},
          {"tenant", r.tenant},
          {"queue", text(r.queue)},
          {"catch_up", r.catch_up},
          {"origin", r.origin},
          {"next", text(s.next)},
          {"last_fired", text(s.last_fired)},
          {"problem", text(r.problem)}};
}

}  // namespace millrace::actors
