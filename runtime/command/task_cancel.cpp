#include "actors/client_settings.hpp"
#include "actors/conclusion.hpp"
#include "connectors/postgres/cancellation.hpp"
#include "runtime/command/audited.hpp"
#include "runtime/command/command.hpp"
#include "runtime/task_identity.hpp"

#include <iostream>
#include <memory>

namespace millrace::command {
namespace {

using postgres::cancel_verdict;

struct cancel_options : audited {
  std::string id, tenant = "default";
};

/// The result that its producer waits for.
void reply(unit_of_work& work, const cancel_options& o, const std::string& key, const postgres::cancel_answer& answer) {
  if (answer.reply_to.empty()) return;
  task t;
  t.id = *uuid::parse(key);
  t.tenant = o.tenant;
  t.original_id = answer.original_id;
  t.reply_to = answer.reply_to;
  t.correlation_id = answer.correlation_id;
  auto message = reply_message(t, answer.state, {}, "cancelled: " + o.why);
  postgres::enqueue(work, {&message, 1});
}

postgres::cancel_answer ask(const cancel_options& o, const config::settings& s) {
  auto id = uuid::parse(o.id);
  auto key = to_string(id ? *id : id_of_text(o.tenant, o.id));
  postgres::session session{task_session(s, "millrace task")};
  postgres::cancel_answer answer{};
  auto done = session.run([&](unit_of_work& work) {
    answer = postgres::cancel(work, o.tenant, key, id ? std::string_view{} : std::string_view{o.id}, o.actor, o.why);
    reply(work, o, key, answer);
  });
  if (!done) throw failure(failed, "task cancel: " + done.error().message);
  return answer;
}

void cancel(cancel_options o, const config::settings& s) {
  check_audited("task cancel", o);
  if (o.id.empty() || o.id.size() > max_id_bytes || !is_tenant(o.tenant))
    throw failure(misused, "task cancel: an id has 1 to 128 bytes, a tenant 1 to 64 characters of [A-Za-z0-9._-]");
  auto answer = ask(o, s);
  switch (answer.verdict) {
    case cancel_verdict::cancelled:
      std::cout << "cancelled\n";
      return;
    case cancel_verdict::requested:
      std::cout << "it runs: what is under way may still succeed, but it is not tried again\n";
      return;
    case cancel_verdict::foretold:
      std::cout << "not seen yet: it will be cancelled when it arrives\n";
      return;
    case cancel_verdict::too_late:
      throw failure(failed, std::string{"task cancel: it has ended already as "} + postgres::to_string(answer.state));
  }
}

}  // namespace

void add_task_cancel(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<cancel_options>();
  auto* c = task.add_subcommand("cancel", "Cancel a task that has not ended");
  c->add_option("id", o->id, "task id: a UUID, or the producer's own text")->required();
  c->add_option("--tenant", o->tenant, "whose task it is")->capture_default_str();
  add_audited(*c, *o);
  c->footer(
      "A task that waits (scheduled, retrying) ends at once. One that runs is asked to end: its handler may stop, and it "
      "is\n"
      "not tried again. One that nobody has seen yet, as it waits in its queue, is cancelled on arrival.\n"
      "Exit code 1 if it has ended already.\n"
      "Example:\n"
      "  millrace task cancel order-4711 --tenant acme --why 'customer withdrew'");
  c->callback([o, &common] { cancel(*o, common.load().values); });
}

}  // namespace millrace::command
