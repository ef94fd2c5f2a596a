#include "actors/node/connector_options.hpp"
#include "actors/operations/cancel_task.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/postgres/task/task_state.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/task/task_commands.hpp"
#include "runtime/task/task_identity.hpp"

#include <memory>

namespace millrace::cli {
namespace {

using postgres::cancel_verdict;

struct cancel_options : audit_options {
  std::string id;
  std::optional<std::string> tenant;
  bool json = false;
};

postgres::cancel_answer request_cancellation(const cancel_options& o, const config::settings& s) {
  postgres::session session{actors::task_session(s, "millrace task")};
  postgres::cancel_answer answer{};
  const operations::cancel_order order{o.id, o.tenant.value_or("default"), o.actor, o.why, !o.tenant};
  try {
    auto done = session.run([&](unit_of_work& work) { answer = operations::cancel_task(work, order); });
    if (!done) throw failure(failed, "task cancel: " + done.error().message);
  } catch (const operations::task_of_another_tenant& e) {
    throw failure(failed, std::string{"task cancel: "} + e.what() + " with --tenant");
  }
  return answer;
}

/// The verdict's name in JSON (the same as in the operator API) and a sentence for people.
std::pair<const char*, const char*> describe_verdict(cancel_verdict verdict) {
  switch (verdict) {
    case cancel_verdict::cancelled:
      return {"cancelled", "cancelled"};
    case cancel_verdict::requested:
      return {"requested", "cancellation requested: the running attempt may still succeed, but the task is not retried"};
    case cancel_verdict::pending_arrival:
      return {"pending_arrival", "the task has not arrived yet; it is cancelled on arrival"};
    case cancel_verdict::too_late:
      break;
  }
  return {"too_late", "the task has already finished"};
}

void cancel(cancel_options o, const config::settings& s) {
  check_audit_options("task cancel", o);
  if (o.id.empty() || o.id.size() > max_id_bytes || (o.tenant && !is_tenant(*o.tenant)))
    throw failure(misused, "task cancel: the id must have 1 to 128 bytes and --tenant 1 to 64 characters of [A-Za-z0-9._-]");
  const auto answer = request_cancellation(o, s);
  if (answer.verdict == cancel_verdict::too_late)
    throw failure(failed, std::string{"task cancel: the task has already finished as "} + postgres::to_string(answer.state));
  const auto [name, sentence] = describe_verdict(answer.verdict);
  if (o.json) return print_line(nlohmann::ordered_json{{"verdict", name}});
  print_line(std::string{sentence});
}

}  // namespace

void add_task_cancel(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<cancel_options>();
  auto* c = task.add_subcommand("cancel", "Cancel a task that has not finished");
  c->add_option("id", o->id, "task id: a UUID or the producer's own id")->required();
  c->add_option("--tenant", o->tenant, "tenant of the task (default: default)");
  c->add_flag("--json", o->json, "print a JSON object with the verdict: cancelled, requested (running) or pending_arrival");
  add_audit_options(*c, *o);
  c->footer(
      "A scheduled or retrying task is cancelled immediately. A running task is asked to stop: its handler may still\n"
      "finish, but the task is not retried. A task that is still queued at the broker is cancelled on arrival.\n"
      "Exit code 1 if the task has already finished, or if the id belongs to another tenant.\n"
      "Example:\n"
      "  millrace task cancel order-4711 --tenant acme --why 'customer withdrew'");
  c->callback([o, &common] { cancel(*o, common.load().values); });
}

}  // namespace millrace::cli
