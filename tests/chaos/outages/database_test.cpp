// Faults of the PostgreSQL server itself.
#include "tests/chaos/outages/outage.hpp"

#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;
using boost::unit_test::precondition;
using server = own_servers::server;

namespace {

/// Executes SQL that cannot run in a transaction or is no query.
void execute(const std::string& url, const std::string& sql) {
  pqxx::connection db{url};
  pqxx::nontransaction{db}.exec(sql);
}

std::string name_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

/// The server process of one of the program's database connections.
int backend_of_program(outage& o) {
  return std::stoi(
      o.query("select min(pid) from pg_stat_activity where datname = current_database()"
              " and application_name like 'millrace %'"));
}

void restart(int signal) {
  outage o;
  o.begin();
  o.servers.stop(server::postgres, signal);
  BOOST_REQUIRE(o.noticed());
  o.load_went_on(200);
  o.servers.resume(server::postgres);
  o.recover();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(database_server)

BOOST_AUTO_TEST_CASE(a_fast_restart_costs_nothing_but_time, *precondition(in_long_mode)) { restart(SIGINT); }

BOOST_AUTO_TEST_CASE(nor_does_an_immediate_one_which_is_a_crash) { restart(SIGQUIT); }

BOOST_AUTO_TEST_CASE(an_unavailable_database_is_reported_by_the_api_and_metrics_still_answer) {
  outage o;
  const auto address = "127.0.0.1:" + std::to_string(free_port());
  o.s.set("MILLRACE_API_BIND", address);
  BOOST_REQUIRE_EQUAL(o.s.run({"token", "create", "--name", "ops", "--role", "operator", "--why", "test"}), 0);
  const auto printed = o.s.output();
  const auto token = printed.substr(printed.find("mr_"), 80);
  const auto status = [&](const std::string& path, const std::string& body = {}) {
    const auto file = o.s.file("status");
    child_process{{"sh", "-c",
                   "curl -sS -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer " + token +
                       "' -H 'Content-Type: application/json' " + (body.empty() ? "" : "-d '" + body + "' ") + "http://" +
                       address + "/api/v1" + path},
                  {},
                  file}
        .wait();
    const auto all = file_text(file);  // each response is appended
    return all.size() < 3 ? all : all.substr(all.size() - 3);
  };
  o.begin();
  BOOST_TEST(status("/queues") == "200");
  o.servers.stop(server::postgres, SIGINT);
  BOOST_REQUIRE(o.noticed());
  BOOST_TEST(status("/queues") == "503");
  BOOST_TEST(status("/queues/email/pause", R"({"reason":"test"})") == "503");
  BOOST_TEST(http_get(o.s.monitoring("/metrics")).first == 200);
  o.servers.resume(server::postgres);
  o.recover();
  BOOST_TEST(status("/queues") == "200");
  BOOST_TEST(o.query("select count(*) from millrace.queue_control") == "0");
}

BOOST_AUTO_TEST_CASE(terminated_connections_are_reopened, *precondition(in_long_mode)) {
  outage o;
  o.begin();
  for (int round = 0; round < 5; ++round) {
    auto before = o.metric("millrace_reconnects_total", "postgres_tasks");
    o.query(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database()"
        " and application_name like 'millrace %'");
    BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_reconnects_total", "postgres_tasks") > before; }));
    o.load_went_on(50);
  }
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_killed_backend_takes_all_connections_down_and_recovery_is_waited_for, *precondition(in_long_mode)) {
  outage o;
  o.begin();
  auto before = o.metric("millrace_reconnects_total", "postgres_tasks");
  ::kill(backend_of_program(o), SIGKILL);
  BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_reconnects_total", "postgres_tasks") > before; }));
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_lock_that_somebody_holds_is_waited_for_beyond_the_time_out) {
  outage o;
  o.s.set("MILLRACE_POSTGRES_LOCK_TIMEOUT", "100ms");
  o.begin();
  {
    pqxx::connection other{o.s.database_url()};
    pqxx::work holding{other};
    holding.exec("select from millrace.account order by tenant, name for update");
    auto before = o.metric("millrace_database_failures_total", "class=\"retry\"");
    // More than the ten attempts of a unit of work: it must give up and be retried.
    BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_database_failures_total", "class=\"retry\"") > before + 12; }));
  }
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_database_that_is_read_only_for_a_while_is_waited_for) {
  outage o;
  o.begin();
  auto name = name_of(o.s.database_url());
  auto server_url = required_variable("MILLRACE_TEST_DATABASE_URL");
  execute(server_url, "alter database " + name + " set default_transaction_read_only = on");
  execute(server_url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name +
                          "' and application_name like 'millrace %'");
  BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_database_failures_total", "class=\"pause\"") >= 3; }));
  o.load_went_on(200);
  execute(server_url, "alter database " + name + " reset default_transaction_read_only");
  o.recover();
}

// The server raises the error of a full disk (SQLSTATE 53100). A disk that is really full requires a mount; `deploy/dev
// reliability` tests that.
BOOST_AUTO_TEST_CASE(a_full_disk_is_waited_for) {
  outage o;
  o.begin();
  execute(
      o.s.database_url(),
      "create function disk_full() returns trigger language plpgsql as $$ begin"
      " raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;"
      " create trigger disk_full before insert or update on millrace.task for each statement execute function disk_full()");
  BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_database_failures_total", "class=\"pause\"") >= 3; }));
  o.load_went_on(200);
  execute(o.s.database_url(), "drop trigger disk_full on millrace.task");
  o.recover();
}

BOOST_AUTO_TEST_SUITE_END()
