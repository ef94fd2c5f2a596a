#include "actors/operations/retry_task.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/list_printer.hpp"
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
    throw failure(misused, "task retry: an id has 1 to 128 bytes, a tenant 1 to 64 characters of [A-Za-z0-9._-]");
  const nlohmann::ordered_json command{{"why", o.why}, {"task", o.id}, {"tenant", o.tenant}};
  const retry_order order{o.id,
                          o.tenant,
                          {o.actor, o.why, to_string(uuid::v7(std::chrono::system_clock::now())), o.tenant},
                          command.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  settled_dead_letter done;
  dead_letter_session{s}.run([&](unit_of_work& work) { done = retry_task(work, s, order); });
  if (!done.refusal.empty()) throw failure(failed, "task retry: " + terminal_text(done.refusal, 1'024, false));
  if (o.json) return print_line(nlohmann::ordered_json{{"id", done.id}, {"task_id", done.task_id}, {"result", "replayed"}});
  print_line("dead letter " + done.id + ": replayed, with all its attempts");
}

}  // namespace

void add_task_retry(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<task_retry_options>();
  auto* c = task.add_subcommand("retry", "Try a dead task again, by its latest open dead letter");
  c->add_option("id", o->id, "task id: a UUID, or the producer's own text")->required();
  c->add_option("--tenant", o->tenant, "whose task it is")->capture_default_str();
  c->add_flag("--json", o->json, "JSON: an object with id (the dead letter's), task_id and result");
  add_audit_options(*c, *o);
  c->footer(
      "Many at once, or with an edited payload: millrace dead replay. Exit code 1 if it has not died.\n"
      "Example:\n"
      "  millrace task retry order-4711 --tenant acme --why 'INC-42: sink is back'");
  c->callback([o, &common] { retry_dead_task(*o, common.load().values); });
}

}  // namespace millrace::cli
