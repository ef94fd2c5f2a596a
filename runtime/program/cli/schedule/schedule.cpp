#include "actors/background/schedule_view.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/session/session.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/schedule/schedule_changes.hpp"

#include <memory>

namespace millrace::cli {
namespace {

std::vector<actors::schedule_view> read(const config::settings& s) {
  postgres::session session{actors::task_session(s, "millrace schedule")};
  std::vector<actors::schedule_view> all;
  auto done = session.run([&](unit_of_work& work) { all = actors::view_schedules(work, {}); });
  if (!done) throw failure(failed, "schedule list: " + done.error().message);
  return all;
}

std::string schedule_state(const actors::schedule_view& s) {
  if (!s.row.enabled) return s.row.origin == "removed" ? "removed" : "disabled";
  return s.row.problem.empty() ? "enabled" : "broken";
}

void print_schedules(const std::vector<actors::schedule_view>& all) {
  list_printer table{{{"NAME", terminal::room::whole},
                      {"STATE", terminal::room::whole},
                      {"NEXT", terminal::room::whole},
                      {"LAST", terminal::room::spare},
                      {"CRON"},
                      {"TIMEZONE", terminal::room::spare},
                      {"TYPE", terminal::room::spare},
                      {"TENANT", terminal::room::spare},
                      {"QUEUE", terminal::room::spare},
                      {"PROBLEM"}},
                     "No schedules. docs/guides/schedules.md explains how to define one."};
  for (auto& s : all) {
    auto& r = s.row;
    table.add({r.name, state_cell(schedule_state(s)), s.next, s.last_fired, r.cron, r.timezone, r.type, r.tenant, r.queue,
               r.problem});
  }
  table.end();
}

void define_schedule(CLI::App& schedule, const common_options& common) {
  schedule.require_subcommand(1);
  schedule.footer(
      "Examples:\n"
      "  millrace schedule list\n"
      "  millrace schedule disable nightly-balances --why 'INC-42: ledger under correction'\n"
      "  millrace schedule run nightly-balances --why 'INC-42: ledger corrected'");
  auto json = std::make_shared<bool>(false);
  auto* list = schedule.add_subcommand("list", "List all schedules with their next run");
  list->add_flag("--json", *json, "print a JSON array of objects");
  list->callback([json, &common] {
    auto all = read(common.load().values);
    if (!*json) return print_schedules(all);
    auto out = nlohmann::ordered_json::array();
    for (auto& s : all) out.push_back(actors::to_json(s));
    print_indented(out);
  });
  add_schedule_changes(schedule, common);
}

const command schedule_command{help_section::tasks, "schedule", "List, enable, disable and run schedules", define_schedule};

}  // namespace

}  // namespace millrace::cli
