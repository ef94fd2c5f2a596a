#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

/// Several nodes on one database: no node starts a task that another live node is executing.
namespace {

std::string ask(const scene& s, const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  auto rows = read.exec(sql);
  return rows.empty() ? "" : rows[0][0].c_str();
}

/// Publishes copies of one webhook task whose receiver answers after a delay.
void publish(scene& s, const std::string& id, std::chrono::milliseconds answer, int times = 1) {
  auto payload = R"({"url":")" + s.webhook_url() + "/delay/" + std::to_string(answer.count()) + R"(","event":"a.b"})";
  for (int i = 0; i < times; ++i) BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.webhook", payload, "--id", id}), 0);
}

bool ends(const scene& s, std::chrono::milliseconds deadline = 30s) {
  return wait_until(
      [&] { return ask(s, "select count(*) from millrace.task where state = 'running'") == "0" && s.depth("webhook") == 0; },
      deadline);
}

std::string states(const scene& s) {
  return ask(s, "select string_agg(distinct state || ' ' || attempt, ', ') from millrace.task");
}

/// Whether a copy of a task that another node executes was deferred.
bool waits_in_outbox(const scene& s) {
  return ask(s, "select count(*) from millrace.outbox where headers ->> 'millrace-generation' = '0'") != "0";
}

/// A sample of a node's metrics; 0 if it is missing.
long metric(const std::string& address, const std::string& sample) {
  auto text = http_get(address).second;
  auto at = text.find("\n" + sample + " ");
  return at == std::string::npos ? 0 : std::stol(text.substr(at + sample.size() + 2));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nodes)

BOOST_AUTO_TEST_CASE(two_copies_in_two_nodes_are_one_effect) {
  scene s;
  s.serve();
  auto beside = s.serve_beside("beside");
  publish(s, "twice", 2s, 4);
  BOOST_REQUIRE(wait_until(
      [&] { return metric(s.monitoring("/metrics"), R"(millrace_deliveries_in_flight{queue="webhook"})") == 2; }));
  BOOST_REQUIRE(ends(s));
  BOOST_CHECK_EQUAL(s.webhooks().size(), 1U);
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
}

BOOST_AUTO_TEST_CASE(a_node_that_waits_for_a_killed_node_executes_its_task) {
  scene s;
  s.serve();
  publish(s, "orphan", 600s);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 1; }));
  auto first = ask(s, "select node from millrace.task");
  auto beside = s.serve_beside("beside");
  publish(s, "orphan", 600s, 2);
  BOOST_REQUIRE(wait_until([&] { return waits_in_outbox(s); }));
  BOOST_CHECK_EQUAL(s.webhooks().size(), 1U);
  s.server().signal(SIGKILL);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 2; }));
  BOOST_CHECK(wait_until([&] { return ask(s, "select node from millrace.task where state = 'running'") != first; }));
}

BOOST_AUTO_TEST_CASE(a_suspended_node_keeps_its_tasks_when_it_resumes) {
  scene s;
  s.set("MILLRACE_AMQP_HEARTBEAT", "1s");
  s.serve();
  publish(s, "frozen", 1s);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 1; }));
  s.server().signal(SIGSTOP);
  auto beside = s.serve_beside("beside");
  // The broker closes the connection of the suspended node and redelivers to the other node, which defers the delivery.
  BOOST_REQUIRE(wait_until([&] { return waits_in_outbox(s); }));
  BOOST_CHECK_EQUAL(s.webhooks().size(), 1U);
  s.server().signal(SIGCONT);
  BOOST_REQUIRE(wait_until([&] { return ask(s, "select count(*) from millrace.outbox") == "0" && ends(s); }));
  BOOST_CHECK_EQUAL(s.webhooks().size(), 1U);
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
}

BOOST_AUTO_TEST_CASE(answers_that_arrive_while_a_node_is_suspended_are_read_before_they_time_out) {
  scene s;
  s.set("MILLRACE_AMQP_HEARTBEAT", "1s");
  s.set("MILLRACE_WEBHOOK_TIMEOUT", "2s");
  s.set("MILLRACE_WEBHOOK_CONNECT_TIMEOUT", "2s");
  s.set("MILLRACE_SMTP_TIMEOUT", "2s");
  auto config =
      s.write("types.yaml", "types:\n  notification.webhook: {timeout: 2s}\n  notification.email: {timeout: 2s}\n");
  s.serve({"--config", config});
  publish(s, "posted", 1s);
  auto mail = R"({"to":"delay-1000@example.org","subject":"Hi","text":"Hello"})";
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email", mail, "--id", "mailed"}), 0);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 1 && s.mails().size() == 1; }));
  s.server().signal(SIGSTOP);
  auto beside = s.serve_beside("beside");
  // The broker redelivers, and the other node holds the copies for longer than all time-outs.
  BOOST_REQUIRE(wait_until(
      [&] { return ask(s, "select count(*) from millrace.outbox where headers ->> 'millrace-generation' = '0'") == "2"; }));
  s.server().signal(SIGCONT);
  BOOST_REQUIRE(wait_until([&] { return ask(s, "select count(*) from millrace.outbox") == "0" && ends(s); }));
  BOOST_CHECK_EQUAL(s.webhooks().size(), 1U);
  BOOST_CHECK_EQUAL(s.mails().size(), 1U);
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
}

BOOST_AUTO_TEST_CASE(a_waiting_task_is_claimed_again_if_its_node_was_considered_dead) {
  scene s;
  s.set("MILLRACE_QUEUES_WEBHOOK_CONCURRENCY", "1");
  s.serve();
  for (int i = 0; i < 3; ++i) publish(s, "turn-" + std::to_string(i), 2s);
  BOOST_REQUIRE(wait_until([&] { return ask(s, "select count(*) from millrace.task where state = 'running'") == "3"; }));
  ask(s,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'millrace presence%'"
      " and datname = current_database()");
  BOOST_REQUIRE(wait_until([&] { return ask(s, "select count(*) from millrace.task where claim > 1") != "0"; }));
  BOOST_REQUIRE(ends(s));
  BOOST_CHECK_EQUAL(s.webhooks().size(), 3U);
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
}

BOOST_AUTO_TEST_CASE(effects_happen_once_while_actors_of_two_nodes_are_killed_and_producers_repeat) {
  scene s;
  s.serve({"--fault-injection", "--kill-actor-every", "300", "--seed", "5"});
  auto beside = s.serve_beside("beside", {"--fault-injection", "--kill-actor-every", "300", "--seed", "6"});
  BOOST_REQUIRE_EQUAL(s.produce(3'000, 4, scene::mix::good)->wait(), 0);
  BOOST_REQUIRE_MESSAGE(s.settle(180s), s.in_progress());
  BOOST_CHECK_EQUAL(
      ask(s, "select string_agg(concat_ws(' ', type, error, result), '; ') from millrace.task where attempt > 1"), "");
  check_promise(s, {.effects_exactly_once = true});
}

BOOST_AUTO_TEST_CASE(a_long_task_is_acknowledged_at_its_start_and_restarted_elsewhere_if_its_node_dies) {
  scene s;
  s.set("MILLRACE_AMQP_CONSUMER_TIMEOUT", "60s");  // a sixth of it is less than the type's time-out of 30 s
  s.serve();
  publish(s, "long", 6s);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 1 && s.depth("webhook") == 0; }));
  BOOST_CHECK_EQUAL(states(s), "running 1");
  BOOST_CHECK_EQUAL(s.run({"verify"}), 0);
  auto beside = s.serve_beside("beside");
  s.server().signal(SIGKILL);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 2; }));
  BOOST_REQUIRE(ends(s));
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
  BOOST_CHECK_EQUAL(ask(s, "select count(*) from millrace.lease"), "0");
  BOOST_CHECK_EQUAL(s.run({"verify"}), 0);
}

BOOST_AUTO_TEST_CASE(a_long_task_survives_the_death_of_its_actors_and_shutdown_waits_for_it) {
  scene s;
  s.set("MILLRACE_AMQP_CONSUMER_TIMEOUT", "60s");
  s.serve({"--fault-injection", "--kill-actor-every", "100", "--seed", "9"});
  publish(s, "long", 4s);
  BOOST_REQUIRE(wait_until([&] { return s.webhooks().size() == 1 && s.depth("webhook") == 0; }));
  s.server().signal(SIGTERM);
  BOOST_CHECK_EQUAL(s.server().wait(), 0);
  BOOST_CHECK_EQUAL(s.webhooks().size(), 1U);
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_too_long_returns_to_its_queue_without_an_attempt) {
  scene s;
  s.set("MILLRACE_AMQP_CONSUMER_TIMEOUT", "6s");
  s.set("MILLRACE_QUEUES_WEBHOOK_CONCURRENCY", "1");
  s.serve();
  for (int i = 0; i < 6; ++i) publish(s, "turn-" + std::to_string(i), 1s);
  BOOST_CHECK(wait_until([&] { return ask(s, "select count(*) from millrace.task where generation > 0") != "0"; }));
  BOOST_REQUIRE(
      wait_until([&] { return ask(s, "select count(*) from millrace.task where state = 'succeeded'") == "6"; }, 60s));
  BOOST_CHECK_EQUAL(states(s), "succeeded 1");
  BOOST_CHECK_EQUAL(s.webhooks().size(), 6U);
}

BOOST_AUTO_TEST_SUITE_END()
