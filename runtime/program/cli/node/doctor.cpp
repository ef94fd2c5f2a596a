#include "actors/delivery/topology.hpp"
#include "actors/handlers/built_in.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/migrations/migrations.hpp"
#include "connectors/smtp/probe.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>
#include <optional>

namespace millrace::cli {
namespace {

/// The problem and its fix; empty if the check passed.
using finding = std::optional<std::pair<std::string, std::string>>;

finding check_broker(const config::settings& s) {
  broker_session broker{amqp_options(s, "millrace doctor"), {}, s.amqp.connect_timeout};
  if (!broker.error()) return {};
  return {{*broker.error(), "start RabbitMQ, or fix amqp.urls (MILLRACE_AMQP_URL): host, port, user, password, vhost"}};
}

finding check_topology(const config::settings& s) {
  broker_session broker{amqp_options(s, "millrace doctor"), make_topology(s), s.amqp.connect_timeout};
  if (!broker.error()) return {};
  return {{*broker.error(),
           "compare with `millrace topology`; drain and delete a queue with other arguments, or configure another name "
           "(queues.<queue>.name)"}};
}

finding check_database(const config::settings& s) {
  postgres::session session{task_session(s, "millrace doctor")};
  auto up = session.connect();
  if (up) return {};
  return {{up.error().message,
           "start PostgreSQL, or fix postgres.url (MILLRACE_DATABASE_URL): host, port, database, user, password"}};
}

finding check_schema(const config::settings& s) {
  postgres::session session{task_session(s, "millrace doctor")};
  auto version = postgres::schema_version(session);
  auto needed = postgres::required_schema_version();
  if (!version) return {{version.error().message, "fix the database connection first"}};
  if (*version == needed) return {};
  auto what = "the schema has version " + std::to_string(*version) + ", this program requires " + std::to_string(needed);
  return {{what,
           *version < needed ? "run `millrace migrate`" : "install the newer millrace version that migrated this database"}};
}

finding check_smtp(const config::settings& s) {
  auto answer = smtp::probe(mail_options(s));
  if (answer) return {};
  return {{answer.error(), "start the mail server, or fix smtp.url (MILLRACE_SMTP_URL)"}};
}

finding check_handlers(const config::settings& s) {
  try {
    registry handlers;
    add_built_in_handlers(handlers, s);
    return {};
  } catch (const std::invalid_argument& e) {
    return {{e.what(), "fix the option named in the message"}};
  }
}

bool report(const char* what, const finding& f) {
  std::cout << (f ? "FAIL  " : "ok    ") << what << '\n';
  if (f) std::cout << "      " << f->first << "\n      what to do: " << f->second << '\n';
  return !f;
}

void examine(const config::settings& s) {
  bool good = report("task types", check_handlers(s));
  bool broker = report("broker", check_broker(s));
  if (broker) broker = report("topology", check_topology(s));
  bool database = report("database", check_database(s));
  if (database) database = report("schema", check_schema(s));
  bool mail = report("smtp", check_smtp(s));
  if (!good || !broker || !database || !mail) throw failure(failed, "doctor: not everything is well");
  std::cout << "all is well\n";
}

void define_doctor(CLI::App& c, const common_options& common) {
  c.callback([&common] { examine(common.load().values); });
}

const command doctor_command{help_section::node, "doctor",
                             "Check broker, topology, database, schema and mail server, and suggest a fix for each problem",
                             define_doctor};

}  // namespace

}  // namespace millrace::cli
