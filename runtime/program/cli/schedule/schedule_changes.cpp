#include "runtime/program/cli/schedule/schedule_changes.hpp"

#include "actors/background/due_schedules.hpp"
#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/list_printer.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

struct schedule_change : audit_options {
  std::string name;
  bool json = false;
};

/// Locks the schedule and records the change in the audit log, like the operator API.
void audit_schedule_change(unit_of_work& work, const std::string& command, const schedule_change& o, const char* action) {
  const auto row = postgres::lock_schedule(work, o.name);
  if (!row) throw failure(failed, command + ": no schedule '" + o.name + "'; `millrace schedule list` lists all schedules");
  const auto detail = nlohmann::json{{"reason", o.why}}.dump();
  postgres::add_audit(work, std::vector<postgres::audit_row>{{o.actor, action, row->tenant, o.name, detail}});
}

void enable_or_disable(schedule_change o, bool enabled, const config::settings& s) {
  const std::string command = enabled ? "schedule enable" : "schedule disable";
  check_audit_options(command, o);
  run_in_database(s, command, [&](unit_of_work& work) {
    audit_schedule_change(work, command, o, enabled ? "schedule.resume" : "schedule.pause");
    postgres::enable_schedule(work, o.name, enabled);
  });
  if (o.json) return print_line(nlohmann::ordered_json{{"name", o.name}, {"enabled", enabled}});
  print_line(o.name + (enabled ? " is enabled" : " is disabled"));
}

void run_now(schedule_change o, const config::settings& s) {
  check_audit_options("schedule run", o);
  std::string task;
  run_in_database(s, "schedule run", [&](unit_of_work& work) {
    audit_schedule_change(work, "schedule run", o, "schedule.run");
    task = actors::run_schedule_now(work, o.name);
  });
  if (o.json) return print_line(nlohmann::ordered_json{{"name", o.name}, {"task_id", task}});
  print_line(task);
  std::cerr << "task submitted; `millrace task show " << task << "` shows its state\n";
}

CLI::App* add_schedule_change(CLI::App& schedule, const char* name, const char* about,
                              const std::shared_ptr<schedule_change>& o) {
  auto* c = schedule.add_subcommand(name, about);
  c->add_option("name", o->name, "name of the schedule")->required();
  c->add_flag("--json", o->json, "print a JSON object");
  add_audit_options(*c, *o);
  return c;
}

}  // namespace

void add_schedule_changes(CLI::App& schedule, const common_options& common) {
  for (const bool enabled : {true, false}) {
    auto o = std::make_shared<schedule_change>();
    auto* c = add_schedule_change(schedule, enabled ? "enable" : "disable",
                                  enabled ? "Enable a schedule" : "Disable a schedule", o);
    c->callback([o, enabled, &common] { enable_or_disable(*o, enabled, common.load().values); });
  }
  auto o = std::make_shared<schedule_change>();
  auto* c =
      add_schedule_change(schedule, "run", "Submit the task of a schedule once, immediately, and print the task id", o);
  c->footer(
      "The scheduled runs do not change. The schedule may be disabled.\n"
      "Example: millrace schedule run nightly-balances --why 'INC-42: ledger corrected'");
  c->callback([o, &common] { run_now(*o, common.load().values); });
}

}  // namespace millrace::cli
