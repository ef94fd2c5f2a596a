#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr auto mail = R"({"to":"a@example.org","subject":"Hi","text":"Hello"})";

bool output_has(const scene& s, const std::string& text) { return s.output().find(text) != std::string::npos; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The state of a task; empty while there is no row.
std::string state_of(const scene& s, const std::string& id) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  auto rows = read.exec_params("select state::text from millrace.task where id::text = $1 or original_id = $1", id);
  return rows.empty() ? "" : rows[0][0].c_str();
}

bool becomes(const scene& s, const std::string& id, const std::string& state) {
  return wait_until([&] { return state_of(s, id) == state; });
}

void execute(const scene& s, const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction write{db};
  write.exec(sql);
}

std::string ask(const scene& s, const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  return read.exec1(sql)[0].c_str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(a_message_that_could_only_become_a_dead_letter_is_not_published) {
  scene s;
  for (const std::vector<std::string>& rejected :
       {std::vector<std::string>{"--id", ""}, {"--id", std::string(129, 'x')}, {"--tenant", "a b"}}) {
    std::vector<std::string> command{"publish", "notification.email", mail};
    command.insert(command.end(), rejected.begin(), rejected.end());
    BOOST_CHECK_EQUAL(s.run(command), 2);
  }
}

BOOST_AUTO_TEST_CASE(a_published_task_succeeds_and_can_be_shown) {
  scene s;
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "mail-1"}), 0);
  BOOST_CHECK_EQUAL(first_line(s.output()), "mail-1");
  BOOST_REQUIRE(becomes(s, "mail-1", "succeeded"));
  BOOST_REQUIRE_EQUAL(s.run({"task", "show", "mail-1", "--json"}), 0);
  auto shown = nlohmann::json::parse(s.output());
  BOOST_CHECK_EQUAL(shown["state"], "succeeded");
  BOOST_CHECK_EQUAL(shown["attempt"], 1);
  BOOST_CHECK_EQUAL(s.run({"task", "show", "no-such-task"}), 1);
}

BOOST_AUTO_TEST_CASE(a_delayed_task_is_scheduled_and_does_not_run_early) {
  scene s;
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "later", "--delay", "2s"}), 0);
  BOOST_REQUIRE(becomes(s, "later", "succeeded"));
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  BOOST_CHECK(read.exec1("select finished_at - published_at >= interval '2 seconds' from millrace.task")[0].as<bool>());
}

BOOST_AUTO_TEST_CASE(a_task_can_be_due_years_ahead_and_a_past_due_time_means_now) {
  scene s;
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "far", "--at", "2199-12-31T23:59:59.5+00:00"}),
                      0);
  BOOST_REQUIRE(becomes(s, "far", "scheduled"));
  BOOST_CHECK_EQUAL(ask(s, "select due_at = '2199-12-31 23:59:59.5+00' from millrace.outbox"), "t");
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "past", "--at", "2001-01-01T00:00:00Z"}), 0);
  BOOST_CHECK(output_has(s, "2001-01-01T00:00:00Z has passed, publishing now"));
  BOOST_CHECK(becomes(s, "past", "succeeded"));
  BOOST_CHECK_EQUAL(state_of(s, "far"), "scheduled");
  BOOST_CHECK_EQUAL(s.run({"publish", "notification.email", mail, "--at", "tomorrow"}), 2);
  BOOST_CHECK_EQUAL(s.run({"publish", "notification.email", mail, "--at", "2200-01-01T00:00:00Z"}), 2);
  BOOST_CHECK_EQUAL(s.run({"publish", "notification.email", mail, "--at", "2100-01-01T00:00:00Z", "--delay", "1s"}), 2);
}

BOOST_AUTO_TEST_CASE(a_task_enqueued_repeatedly_with_sql_runs_once) {
  scene s;
  s.serve();
  const std::string call = std::string("select millrace.enqueue('notification.email', '") + mail +
                           "', id => '0190a1b2-0000-7000-8000-000000000001', correlation_id => 'c-1')";
  execute(s, call);
  execute(s, call);
  BOOST_REQUIRE(becomes(s, "0190a1b2-0000-7000-8000-000000000001", "succeeded"));
  BOOST_REQUIRE(s.settle(60s));
  BOOST_CHECK_EQUAL(s.mails().size(), 1u);
  BOOST_CHECK_EQUAL(ask(s, "select correlation_id || attempt from millrace.task"), "c-11");
}

BOOST_AUTO_TEST_CASE(a_task_for_a_missing_queue_is_reported_and_published_once_the_queue_exists) {
  scene s;
  s.serve();
  auto enqueue = [&](const std::string& queue) {
    execute(s, std::string("select millrace.enqueue('notification.email', '") + mail + "', queue => '" + queue + "')");
  };
  auto refused = [&](int times) {
    return wait_until([&] { return std::stoi(ask(s, "select coalesce(max(refusals), 0) from millrace.outbox")) >= times; });
  };
  enqueue("lost");
  BOOST_REQUIRE(refused(2));
  BOOST_CHECK(s.log().find("no queue is bound for outbox rows") != std::string::npos);
  BOOST_CHECK(s.log().find("routing key 'lost'") != std::string::npos);
  auto metrics = http_get(s.monitoring("/metrics")).second;
  BOOST_CHECK(metrics.find("millrace_outbox_publish_failures_total{reason=\"unroutable\"}") != std::string::npos);
  enqueue("email");  // other queues are not delayed
  BOOST_CHECK(wait_until([&] { return ask(s, "select count(*) from millrace.task where state = 'succeeded'") == "1"; }));
  rabbit_api("PUT", "/api/queues/" + s.vhost() + "/lost", {{"durable", true}});
  BOOST_CHECK(wait_until([&] { return ask(s, "select count(*) from millrace.outbox") == "0"; }));
  BOOST_CHECK(wait_until([&] { return s.depth("lost") == 1; }));
}

BOOST_AUTO_TEST_CASE(a_temporary_failure_is_retried_and_a_permanent_failure_is_a_dead_letter) {
  scene s;
  s.serve();
  BOOST_REQUIRE_EQUAL(
      s.run({"publish", "notification.email", R"({"to":"reply-450@example.org","subject":"x","text":"y"})", "--id", "now"}),
      0);
  BOOST_REQUIRE_EQUAL(
      s.run({"publish", "notification.email", R"({"to":"reply-550@example.org","subject":"x","text":"y"})", "--id", "good"}),
      0);
  BOOST_CHECK(becomes(s, "good", "dead"));
  BOOST_CHECK(becomes(s, "now", "retrying"));
}

BOOST_AUTO_TEST_CASE(a_task_can_be_cancelled_before_it_is_due_and_before_it_arrives) {
  scene s;
  BOOST_REQUIRE_EQUAL(s.run({"task", "cancel", "unseen", "--why", "a test"}), 0);
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "unseen"}), 0);
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "later", "--delay", "1h"}), 0);
  BOOST_REQUIRE(becomes(s, "later", "scheduled"));
  BOOST_CHECK_EQUAL(s.run({"task", "cancel", "later", "--why", "a test"}), 0);
  BOOST_CHECK_EQUAL(state_of(s, "later"), "cancelled");
  BOOST_CHECK_EQUAL(s.run({"task", "cancel", "later", "--why", "a test"}), 1);
  BOOST_CHECK(output_has(s, "already finished"));
  BOOST_CHECK_EQUAL(s.run({"task", "cancel", "later"}), 2);
  BOOST_REQUIRE(s.settle(60s));
  BOOST_CHECK_EQUAL(state_of(s, "unseen"), "cancelled");
  BOOST_CHECK(s.mails().empty());
}

BOOST_AUTO_TEST_CASE(a_drained_process_exits_with_0_and_leaves_no_unfinished_task) {
  scene s;
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--count", "50"}), 0);
  s.server().signal(SIGTERM);
  BOOST_CHECK_EQUAL(s.server().wait(), 0);
  s.serve();
  BOOST_REQUIRE(s.settle(60s));
  BOOST_CHECK_EQUAL(s.mails().size(), 50u);
}

BOOST_AUTO_TEST_CASE(lost_database_connections_use_up_no_attempt) {
  scene s;
  s.serve();
  execute(s, "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'millrace %'");
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "after"}), 0);
  BOOST_REQUIRE(becomes(s, "after", "succeeded"));
  BOOST_CHECK_EQUAL(s.run({"task", "show", "after", "--json"}), 0);
  BOOST_CHECK_EQUAL(nlohmann::json::parse(s.output())["attempt"], 1);
}

BOOST_AUTO_TEST_CASE(help_lists_the_commands_by_section_and_name) {
  scene s;
  BOOST_REQUIRE_EQUAL(s.run({"--help"}), 0);
  const std::vector<std::string> expected{
      "Node:",    "doctor",       "migrate",        "serve",  "Tasks:",   "dead",   "publish",
      "schedule", "task",         "Operations:",    "queue",  "token",    "top",    "Verification:",
      "verify",   "verify-audit", "Configuration:", "config", "topology", "version"};
  const auto help = s.output();
  auto at = help.find("\nNode:");
  for (const auto& text : expected) {
    const auto line = text.ends_with(':') ? "\n" + text : "\n  " + text + " ";
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, help);
    at = help.find(line, at);
    BOOST_CHECK_MESSAGE(at != std::string::npos, text);
    if (!text.ends_with(':')) BOOST_CHECK_EQUAL(s.run({text, "--help"}), 0);
  }
  BOOST_CHECK(help.find("isolate") == std::string::npos);  // hidden
}

BOOST_AUTO_TEST_CASE(doctor_passes_if_all_servers_are_usable) {
  scene s;
  BOOST_CHECK_EQUAL(s.run({"doctor"}), 0);
  BOOST_CHECK_MESSAGE(output_has(s, "all 6 checks passed\n"), s.output());
}

BOOST_AUTO_TEST_CASE(doctor_warns_of_a_cluster_and_of_replication_without_failing) {
  scene s;
  auto two_hosts = s.database_url();
  const auto begin = two_hosts.find('@') + 1, end = two_hosts.find('/', begin);
  two_hosts.insert(begin, two_hosts.substr(begin, end - begin) + ",");
  BOOST_CHECK_EQUAL(
      s.run({"doctor"}, {{"MILLRACE_AMQP_URL", s.amqp_url() + "," + s.amqp_url()}, {"MILLRACE_DATABASE_URL", two_hosts}}),
      0);
  for (auto text :
       {"WARN  broker cluster", "a cluster of 2 brokers stops", "WARN  database replication", "postgres.url names 2 hosts",
        "not proven yet", "docs/reliability.md", "all 6 checks passed, 2 warnings"})
    BOOST_CHECK_MESSAGE(output_has(s, text), text << " in " << s.output());
}

BOOST_AUTO_TEST_CASE(doctor_reports_each_failure_with_a_fix) {
  scene s;
  auto nobody = "127.0.0.1:" + std::to_string(free_port());
  BOOST_CHECK_EQUAL(s.run({"doctor"}, {{"MILLRACE_AMQP_URL", "amqp://guest:guest@" + nobody + "/"},
                                       {"MILLRACE_DATABASE_URL", "postgresql://x:hidden-word@" + nobody + "/none"},
                                       {"MILLRACE_SMTP_URL", "smtp://" + nobody}}),
                    1);
  for (auto text :
       {"FAIL  broker", "FAIL  database", "FAIL  smtp", "what to do", "MILLRACE_AMQP_URL", "doctor: 3 of 4 checks failed"})
    BOOST_CHECK_MESSAGE(output_has(s, text), text);
  BOOST_CHECK(!output_has(s, "hidden-word"));
}

BOOST_AUTO_TEST_CASE(a_wrong_broker_password_is_reported_as_such) {
  scene s;
  auto url = s.amqp_url();
  url.replace(url.find("guest:") + 6, url.find('@') - url.find("guest:") - 6, "wrong");
  BOOST_CHECK_EQUAL(s.run({"doctor"}, {{"MILLRACE_AMQP_URL", url}}), 1);
  BOOST_CHECK_MESSAGE(output_has(s, "ACCESS_REFUSED") || output_has(s, "password"), s.output());
}

BOOST_AUTO_TEST_CASE(a_queue_with_other_arguments_is_reported_with_the_difference) {
  scene s;
  rabbit_api(
      "PUT", "/api/queues/" + s.vhost() + "/priority",
      {{"durable", true},
       {"arguments", {{"x-queue-type", "classic"}, {"x-dead-letter-exchange", "millrace.dead"}, {"x-max-priority", 3}}}});
  BOOST_CHECK_EQUAL(s.run({"doctor"}), 1);
  BOOST_CHECK(output_has(s, "FAIL  topology"));
  BOOST_CHECK_MESSAGE(output_has(s, "x-max-priority"), s.output());
}

BOOST_AUTO_TEST_CASE(a_newer_schema_stops_serve_with_advice) {
  scene s;
  execute(s, "insert into millrace.schema_migration (number, name) values (999, 'future')");
  BOOST_CHECK_EQUAL(s.run({"serve"}), 1);
  BOOST_CHECK_MESSAGE(output_has(s, "newer"), s.output());
  BOOST_CHECK_EQUAL(s.run({"doctor"}), 1);
}

BOOST_AUTO_TEST_CASE(wrong_usage_and_configuration_exit_with_2) {
  scene s;
  BOOST_CHECK_EQUAL(s.run({"publish"}), 2);
  BOOST_CHECK_EQUAL(s.run({"no-such-command"}), 2);
  BOOST_CHECK_EQUAL(s.run({"publish", "notification.email", "{not json"}), 2);
  BOOST_CHECK_EQUAL(s.run({"config", "check"}, {{"MILLRACE_AMQP_HEARTBEAT", "10"}}), 2);
  BOOST_CHECK(output_has(s, "amqp.heartbeat"));
  BOOST_CHECK_EQUAL(s.run({"config", "check"}), 0);
}

BOOST_AUTO_TEST_SUITE_END()
