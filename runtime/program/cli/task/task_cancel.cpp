#include "actors/node/connector_options.hpp"
#include "actors/operations/cancel_task.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/postgres/task/task_state.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/list_printer.hpp"
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

postgres::cancel_answer ask(const cancel_options& o, const config::settings& s) {
  postgres::session session{task_session(s, "millrace task")};
  postgres::cancel_answer answer{};
  const cancel_order order{o.id, o.tenant.value_or("default"), o.actor, o.why, !o.tenant};
  try {
    auto done = session.run([&](unit_of_work& work) { answer = cancel_task(work, order); });
    if (!done) throw failure(failed, "task cancel: " + done.error().message);
  } catch (const task_of_another_tenant& e) {
    throw failure(failed, std::string{"task cancel: "} + e.what() + " with --tenant");
  }
  return answer;
}

/// The verdict's name, as the operator API calls it, and what it means.
std::pair<const char*, const char*> verdict_words(cancel_verdict verdict) {
  switch (verdict) {
    case cancel_verdict::cancelled:
      return {"cancelled", "cancelled"};
    case cancel_verdict::requested:
      return {"requested", "it runs: what is under way may still succeed, but it is not tried again"};
    case cancel_verdict::pending_arrival:
      return {"pending_arrival", "not seen yet: it will be cancelled when it arrives"};
    case cancel_verdict::too_late:
      break;
  }
  return {"too_late", "it has ended already"};
}

void cancel(cancel_options o, const config::settings& s) {
  check_audit_options("task cancel", o);
  if (o.id.empty() || o.id.size() > max_id_bytes || (o.tenant && !is_tenant(*o.tenant)))
    throw failure(misused, "task cancel: an id has 1 to 128 bytes, a tenant 1 to 64 characters of [A-Za-z0-9._-]");
  const auto answer = ask(o, s);
  if (answer.verdict == cancel_verdict::too_late)
    throw failure(failed, std::string{"task cancel: it has ended already as "} + postgres::to_string(answer.state));
  const auto [word, sentence] = verdict_words(answer.verdict);
  if (o.json) return print_line(nlohmann::ordered_json{{"verdict", word}});
  print_line(std::string{sentence});
}

}  // namespace

void add_task_cancel(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<cancel_options>();
  auto* c = task.add_subcommand("cancel", "Cancel a task that has not ended");
  c->add_option("id", o->id, "task id: a UUID, or the producer's own text")->required();
  c->add_option("--tenant", o->tenant, "whose task it is (default: default)");
  c->add_flag("--json", o->json,
              "JSON: an object with the verdict: cancelled, requested (it runs) or pending_arrival (not seen yet)");
  add_audit_options(*c, *o);
  c->footer(
      "A task that waits (scheduled, retrying) ends at once. One that runs is asked to end: its handler may stop, and it "
      "is\n"
      "not tried again. One that nobody has seen yet, as it waits in its queue, is cancelled on arrival.\n"
      "Exit code 1 if it has ended already, or only another tenant has one of that id.\n"
      "Example:\n"
      "  millrace task cancel order-4711 --tenant acme --why 'customer withdrew'");
  c->callback([o, &common] { cancel(*o, common.load().values); });
}

}  // namespace millrace::cli
