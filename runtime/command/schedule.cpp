#include "actors/client_settings.hpp"
#include "actors/conclusion.hpp"
#include "connectors/postgres/schedule_store.hpp"
#include "runtime/command/command.hpp"
#include "runtime/rfc3339.hpp"
#include "runtime/timetable.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace millrace::command {
namespace {

using namespace std::chrono;
using postgres::schedule_record;

std::string seconds_text(fire_time at) {
  return to_rfc3339(at).substr(0, 19) + "Z";  // fires are on the second
}

struct shown {
  schedule_record row;
  std::string next;  ///< RFC 3339, or empty: it does not fire
};

shown look_at(schedule_record row, fire_time now) {
  auto table = timetable::make(row.cron, row.timezone);
  if (!table) row.problem = table.error();
  auto settled = fire_time{floor<seconds>(microseconds{row.settled_us})};
  auto next = table && row.enabled ? table->next(std::max(settled, now)) : std::nullopt;
  return {std::move(row), next ? seconds_text(*next) : ""};
}

std::vector<shown> read(const config::settings& s) {
  postgres::session session{task_session(s, "millrace schedule")};
  std::vector<schedule_record> rows;
  fire_time now;
  auto done = session.run([&](unit_of_work& work) {
    now = fire_time{floor<seconds>(microseconds{postgres::database_now(work)})};
    rows = postgres::list_schedules(work);
  });
  if (!done) throw failure(failed, "schedule list: " + done.error().message);
  std::vector<shown> all;
  all.reserve(rows.size());
  for (auto& row : rows) all.push_back(look_at(std::move(row), now));
  return all;
}

std::string last_of(const schedule_record& r) {
  return r.last_fired_us ? seconds_text(fire_time{floor<seconds>(microseconds{*r.last_fired_us})}) : "";
}

nlohmann::json to_json(const shown& s) {
  auto text = [](const std::string& t) { return t.empty() ? nlohmann::json{} : nlohmann::json(t); };
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
          {"last_fired", text(last_of(r))},
          {"problem", text(r.problem)}};
}

void print(const std::vector<shown>& all) {
  if (all.empty()) std::cout << "no schedules; see docs/guides/schedules.md\n";
  for (auto& s : all) {
    auto& r = s.row;
    std::cout << r.name
              << (r.enabled               ? ""
                  : r.origin == "removed" ? "  (removed from the configuration)"
                                          : "  (disabled)")
              << "\n  " << r.cron << "  " << r.timezone << "  ->  " << r.type << " of tenant " << r.tenant
              << (r.queue.empty() ? "" : " in queue " + r.queue) << "\n";
    if (!r.problem.empty()) std::cout << "  cannot fire: " << r.problem << "\n";
    if (!s.next.empty()) std::cout << "  next " << s.next << "\n";
    if (auto last = last_of(r); !last.empty()) std::cout << "  last " << last << "\n";
  }
}

}  // namespace

void add_schedule(CLI::App& app, const common_options& common) {
  auto* schedule = app.add_subcommand("schedule", "Look at the schedules, switch them on and off, run one now");
  schedule->require_subcommand(1);
  schedule->footer(
      "Examples:\n"
      "  millrace schedule list\n"
      "  millrace schedule disable nightly-balances --why 'INC-42: books are being mended'\n"
      "  millrace schedule run nightly-balances --why 'INC-42: books are mended'");
  auto json = std::make_shared<bool>(false);
  auto* list = schedule->add_subcommand("list", "Print every schedule with the time of its next fire");
  list->add_flag("--json", *json, "JSON: an array of objects");
  list->callback([json, &common] {
    auto all = read(common.load().values);
    if (!*json) return print(all);
    auto out = nlohmann::json::array();
    for (auto& s : all) out.push_back(to_json(s));
    std::cout << out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  });
  add_schedule_changes(*schedule, common);
}

}  // namespace millrace::command
