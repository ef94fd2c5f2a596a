#include "actors/operations/retry_task.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/task/task_commands.hpp"
#include "runtime/program/terminal/terminal_text.hpp"
#include "runtime/task/task_identity.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace millrace::cli {
namespace {

struct task_retry_options : audit_options {
  std::string id, tenant = "default";
  bool json = false;
};

void retry_dead_task(task_retry_options o, const config::settings& s) {
  check_audit_options("task retry", o);
  if (o.id.empty() || o.id.size() > max_id_bytes || !is_tenant(o.tenant))
    throw failure(misused, "task retry: the id must have 1 to 128 bytes and --tenant 1 to 64 characters of [A-Za-z0-9._-]");
  const nlohmann::ordered_json command{{"reason", o.why}, {"task", o.id}, {"tenant", o.tenant}};
  const operations::retry_order order{o.id,
                                      o.tenant,
                                      {o.actor, o.why, to_string(uuid::v7(std::chrono::system_clock::now())), o.tenant},
                                      command.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  operations::settled_dead_letter done;
  dead_letter_session{s}.run([&](unit_of_work& work) { done = operations::retry_task(work, s, order); });
  if (!done.refusal.empty()) throw failure(failed, "task retry: " + terminal::terminal_text(done.refusal, 1'024, false));
  if (o.json) return print_line(nlohmann::ordered_json{{"id", done.id}, {"task_id", done.task_id}, {"result", "replayed"}});
  print_line("dead letter " + done.id + ": replayed, with its full number of attempts");
}

}  // namespace

void add_task_retry(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<task_retry_options>();
  auto* c = task.add_subcommand("retry", "Retry a dead task by replaying its latest open dead letter");
  c->add_option("id", o->id, "task id: a UUID or the producer's own id")->required();
  c->add_option("--tenant", o->tenant, "tenant of the task")->capture_default_str();
  c->add_flag("--json", o->json, "print a JSON object with id (of the dead letter), task_id and result");
  add_audit_options(*c, *o);
  c->footer(
      "Use `millrace dead replay` for many tasks or an edited payload. Exit code 1 if the task is not dead.\n"
      "Example:\n"
      "  millrace task retry order-4711 --tenant acme --why 'INC-42: endpoint recovered'");
  c->callback([o, &common] { retry_dead_task(*o, common.load().values); });
}

}  // namespace millrace::cli
