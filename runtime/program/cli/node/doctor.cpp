#include "actors/broker/declaration_advice.hpp"
#include "actors/broker/queue_depths.hpp"
#include "actors/delivery/topology.hpp"
#include "actors/handlers/built_in.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/cluster/replication.hpp"
#include "connectors/postgres/migrations/migrations.hpp"
#include "connectors/postgres/session/connection_target.hpp"
#include "connectors/smtp/probe.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/management_session.hpp"
#include "runtime/program/doctor/failover_warnings.hpp"

#include <iostream>
#include <optional>
#include <vector>

namespace millrace::cli {
namespace {

/// Problems and their fixes; empty if the check passed.
using finding = std::vector<std::pair<std::string, std::string>>;

finding check_broker(const config::settings& s) {
  broker_session broker{actors::amqp_options(s, "millrace doctor"), {}, s.amqp.connect_timeout};
  if (!broker.error()) return {};
  return {{*broker.error(), "start RabbitMQ, or fix amqp.urls (MILLRACE_AMQP_URL): host, port, user, password, vhost"}};
}

finding check_topology(const config::settings& s) {
  broker_session broker{actors::amqp_options(s, "millrace doctor"), actors::make_topology(s), s.amqp.connect_timeout};
  if (broker.error()) return {{*broker.error(), "run doctor again"}};
  finding problems;
  for (const auto& failed : broker.problems()) problems.emplace_back(actors::explain(failed), actors::advice_for(failed));
  return problems;
}

finding check_database(const config::settings& s) {
  postgres::session session{actors::task_session(s, "millrace doctor")};
  auto up = session.connect();
  if (up) return {};
  return {{up.error().message,
           "start PostgreSQL, or fix postgres.url (MILLRACE_DATABASE_URL): host, port, database, user, password"}};
}

finding check_schema(const config::settings& s) {
  postgres::session session{actors::task_session(s, "millrace doctor")};
  auto version = postgres::schema_version(session);
  auto required = postgres::required_schema_version();
  if (!version) return {{version.error().message, "fix the database connection first"}};
  if (*version == required) return {};
  auto mismatch =
      "the schema has version " + std::to_string(*version) + ", this program requires " + std::to_string(required);
  return {{mismatch, *version < required ? "run `millrace migrate`"
                                         : "install the newer millrace version that migrated this database"}};
}

finding check_smtp(const config::settings& s) {
  auto answer = smtp::probe(actors::mail_options(s));
  if (answer) return {};
  return {{answer.error(), "start the mail server, or fix smtp.url (MILLRACE_SMTP_URL)"}};
}

finding check_handlers(const config::settings& s) {
  try {
    registry handlers;
    handlers::add_built_in_handlers(handlers, s);
    return {};
  } catch (const std::invalid_argument& e) {
    return {{e.what(), "fix the option named in the message"}};
  }
}

std::optional<doctor::failover_warning> check_broker_cluster(const config::settings& s) {
  doctor::broker_facts facts{.configured_hosts = s.amqp.urls.size()};
  if (!s.amqp.management_url.empty()) {
    management_session management{s};
    const auto cluster = actors::ask_cluster(management.client(), s.amqp);
    if (cluster) facts.cluster = doctor::broker_cluster{cluster->brokers, cluster->running, cluster->partitioned};
    if (!cluster)
      return doctor::failover_warning{
          "management API unavailable; the state of the broker's cluster is unknown: " + cluster.error(),
          "fix amqp.management_url, or give the user of the first amqp.urls entry the tag `monitoring`"};
  }
  return doctor::check_broker_failover(facts);
}

std::optional<doctor::failover_warning> check_replication(const config::settings& s) {
  const auto options = actors::task_session(s, "millrace doctor");
  doctor::database_facts facts;
  if (const auto target = postgres::read_target(options)) facts.configured_hosts = target->hosts;
  try {
    run_in_database(s, "doctor", [&](unit_of_work& work) {
      const auto state = postgres::read_replication_state(work);
      facts.standby = state.standby;
      facts.replicas = static_cast<std::size_t>(state.replicas);
    });
  } catch (const failure& f) {  // the server has just become unavailable; the other checks still run
    return doctor::failover_warning{std::string{"replication state unknown: "} + f.what(), "run doctor again"};
  }
  return doctor::check_database_failover(facts);
}

/// Runs the checks, prints each result and counts failures and warnings. A warning does not change the exit code.
class examination {
 public:
  /// True if the check passed.
  bool check(const char* name, const finding& f) {
    ++checks_;
    std::cout << (f.empty() ? "ok    " : "FAIL  ") << name << '\n';
    if (f.empty()) return true;
    ++failures_;
    for (const auto& [problem, advice] : f) explain(problem, advice);
    return false;
  }

  void warn(const char* name, const std::optional<doctor::failover_warning>& w) {
    if (!w) return;
    ++warnings_;
    std::cout << "WARN  " << name << '\n';
    explain(w->problem, w->advice);
  }

  /// Throws `failure` (1) if a check failed.
  void finish() const {
    const auto warnings =
        warnings_ == 0 ? "" : ", " + std::to_string(warnings_) + (warnings_ == 1 ? " warning" : " warnings");
    if (failures_ > 0)
      throw failure(failed,
                    "doctor: " + std::to_string(failures_) + " of " + std::to_string(checks_) + " checks failed" + warnings);
    std::cout << "all " << checks_ << " checks passed" << warnings << '\n';
  }

 private:
  static void explain(const std::string& problem, const std::string& advice) {
    std::cout << "      " << problem << "\n      what to do: " << advice << '\n';
  }

  int checks_ = 0, failures_ = 0, warnings_ = 0;
};

void examine(const config::settings& s) {
  examination e;
  e.check("task types", check_handlers(s));
  if (e.check("broker", check_broker(s))) {
    e.check("topology", check_topology(s));
    e.warn("broker cluster", check_broker_cluster(s));
  }
  if (e.check("database", check_database(s))) {
    e.check("schema", check_schema(s));
    e.warn("database replication", check_replication(s));
  }
  e.check("smtp", check_smtp(s));
  e.finish();
}

void define_doctor(CLI::App& c, const common_options& common) {
  c.callback([&common] { examine(common.load().values); });
}

const command doctor_command{help_section::node, "doctor",
                             "Check broker, topology, database, schema and mail server, and suggest a fix for each problem",
                             define_doctor};

}  // namespace

}  // namespace millrace::cli
