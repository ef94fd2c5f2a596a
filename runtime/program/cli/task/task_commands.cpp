#include "runtime/program/cli/task/task_commands.hpp"

#include "actors/node/connector_options.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/postgres/task/task_query.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/task/task_print.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace millrace::cli {
namespace {

using postgres::task_record;

struct show_options {
  std::string id, tenant;
  bool json = false;
};

std::vector<task_record> find(const show_options& o, const config::settings& s) {
  postgres::session session{actors::task_session(s, "millrace task")};
  std::vector<task_record> found;
  auto read = session.run([&](unit_of_work& work) { found = postgres::find_tasks(work, o.id, o.tenant); });
  if (!read) throw failure(failed, "task show: " + read.error().message);
  if (found.empty())
    throw failure(failed, "task show: no task with id '" + o.id + "'" +
                              (o.tenant.empty() ? "" : " of tenant '" + o.tenant + "'") +
                              "; it may still be queued at the broker");
  return found;
}

void show(const show_options& o, const config::settings& s) {
  auto found = find(o, s);
  if (!o.json) {
    for (auto& t : found) print_fields(t);
    return;
  }
  nlohmann::json all = nlohmann::json::array();
  for (auto& t : found) all.push_back(task_json(t));
  print_indented(found.size() == 1 ? all[0] : all);
}

void define_task(CLI::App& task, const common_options& common) {
  task.require_subcommand(1);
  task.footer(
      "Examples:\n"
      "  millrace task list --state dead --since 2h\n"
      "  millrace task show order-4711\n"
      "  millrace task retry order-4711 --why 'INC-42: endpoint recovered'");
  auto o = std::make_shared<show_options>();
  auto* c = task.add_subcommand("show", "Show state, attempts, times and result or error of a task");
  c->add_option("id", o->id, "task id: a UUID or the producer's own id")->required();
  c->add_option("--tenant", o->tenant, "tenant of the task (default: all tenants)");
  c->add_flag("--json", o->json, "print a JSON object, or an array if several tenants use the id");
  c->callback([o, &common] { show(*o, common.load().values); });
  add_task_list(task, common);
  add_task_cancel(task, common);
  add_task_retry(task, common);
}

const command task_command{help_section::tasks, "task", "List, show, cancel and retry tasks", define_task};

}  // namespace

}  // namespace millrace::cli
