// Operator workflows through the API, on real servers.
#include "tests/integration/end_to_end/operators.hpp"
#include "tests/integration/end_to_end/prometheus.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

using namespace millrace::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct operating : operators_scene {
  std::string operator_token = token("operator"), auditor_token = token("auditor");

  api_answer submit(const std::string& path) {
    return ask(operator_token, "POST", "/tasks",
               {{"type", "notification.webhook"},
                {"queue", "webhook"},
                {"max_attempts", 2},
                {"payload", {{"url", webhook_url() + path}, {"event", "paid"}, {"data", json::object()}}}});
  }
  long accepted() const {
    long n = 0;
    for (auto& w : webhooks()) n += w["status"] == 204;
    return n;
  }
  std::string metric(const std::string& line) const {
    auto text = http_get(monitoring("/metrics")).second;
    auto at = text.find(line + " ");
    return at == std::string::npos ? "" : text.substr(at + line.size() + 1, text.find('\n', at) - at - line.size() - 1);
  }
  std::size_t consumers(const std::string& queue) const {
    return rabbit_api("GET", "/api/queues/" + vhost() + "/" + queue).value("consumers", std::size_t{99});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(operate, operating)

BOOST_AUTO_TEST_CASE(an_operator_detects_a_failed_endpoint_pauses_replays_and_is_audited) {
  constexpr int tasks = 20;
  serve();
  prometheus watcher{*this};
  BOOST_REQUIRE(wait_until([&] { return !watcher.series("millrace_dead_letters_total{queue=\"webhook\"}").empty(); }));
  // The endpoint fails: tasks retry and die.
  const auto down = file("webhook.jsonl.down");
  write("webhook.jsonl.down", "");
  for (int i = 0; i < tasks; ++i) BOOST_REQUIRE_EQUAL(submit("/switch").status, 202);
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.dead_letter") == std::to_string(tasks); }, 60s));
  BOOST_TEST(webhooks().size() == 2U * tasks);  // two attempts each
  // The expression of the alert becomes true.
  auto rules = file_text(MILLRACE_SOURCE_DIR "/monitoring/prometheus/rules/work.yml");
  auto at = rules.find("alert: MillraceDeadLettersIncreasing");
  auto begin = rules.find("expr: ", at) + 6;
  const auto expression = rules.substr(begin, rules.find('\n', begin) - begin);
  BOOST_REQUIRE(wait_until([&] { return !watcher.series(expression).empty(); }, 60s));
  BOOST_TEST(watcher.series(expression)[0]["metric"]["queue"] == "webhook");
  // An operator pauses the queue, finds the cause, and fixes the endpoint.
  auto paused = ask(operator_token, "POST", "/queues/webhook/pause", {{"reason", "INC-42"}});
  BOOST_REQUIRE_EQUAL(paused.status, 200);
  BOOST_TEST(paused.body["paused"] == true);
  BOOST_REQUIRE(wait_until([&] { return metric("millrace_queue_paused{queue=\"webhook\"}") == "1"; }));
  auto groups = ask(operator_token, "GET", "/dead-letter-groups?queue=webhook");
  BOOST_REQUIRE_EQUAL(groups.body["groups"].size(), 1U);
  BOOST_TEST(groups.body["groups"][0]["dead_letters"] == tasks);
  const std::string fingerprint = groups.body["groups"][0]["fingerprint"];
  std::remove(down.c_str());
  // Replay by fingerprint: first a dry run, then at a rate. The paused queue keeps the tasks.
  json order{{"reason", "INC-42: endpoint recovered"}, {"fingerprint", fingerprint}, {"rate", 100}, {"dry_run", true}};
  auto preview = ask(operator_token, "POST", "/dead-letters/replay", order);
  BOOST_TEST(preview.body["matching"] == tasks);
  BOOST_TEST(read("select count(*) from millrace.dead_letter where replayed_at is null") == std::to_string(tasks));
  order.erase("dry_run");
  auto replayed = ask(operator_token, "POST", "/dead-letters/replay", order);
  BOOST_REQUIRE_EQUAL(replayed.status, 200);
  BOOST_TEST(replayed.body["settled"] == tasks);
  BOOST_TEST(replayed.body["remaining"] == 0);
  BOOST_TEST(ask(operator_token, "POST", "/dead-letters/replay", order).body["settled"] == 0);
  auto resumed = ask(operator_token, "POST", "/queues/webhook/resume", {{"reason", "INC-42: over"}},
                     {"If-Match: " + paused.headers["etag"]});
  BOOST_REQUIRE_EQUAL(resumed.status, 200);
  // Each task succeeds exactly once.
  const std::string ended = "select count(*) from millrace.task where state = 'succeeded'";
  BOOST_REQUIRE(wait_until([&] { return read(ended) == std::to_string(tasks); }, 60s));
  BOOST_TEST(accepted() == tasks);
  // The audit log names the operator.
  auto audit = ask(auditor_token, "GET", "/audit?limit=500").body["audit"];
  std::map<std::string, int> actions;
  for (auto& row : audit)
    if (row["actor"].get<std::string>().starts_with("token:operator(")) ++actions[row["action"]];
  BOOST_TEST(actions["queue.pause"] == 1);
  BOOST_TEST(actions["queue.resume"] == 1);
  BOOST_TEST(actions["dead.replay"] == 1);
  BOOST_TEST(actions["dead.replay_dead_letter"] == tasks);
  BOOST_TEST(actions["task.submit"] == tasks);
}

BOOST_AUTO_TEST_CASE(no_node_consumes_a_paused_queue_and_it_stays_paused_after_a_restart) {
  serve();
  const auto bind = "127.0.0.1:" + std::to_string(port());
  set("MILLRACE_API_BIND", "127.0.0.1:0");
  auto other = another_node({});
  set("MILLRACE_API_BIND", bind);
  BOOST_REQUIRE(wait_until([&] { return consumers("webhook") == 2; }));
  BOOST_REQUIRE_EQUAL(ask(operator_token, "POST", "/queues/webhook/pause", {{"reason", "test"}}).status, 200);
  BOOST_REQUIRE(wait_until([&] { return consumers("webhook") == 0; }));
  for (int i = 0; i < 5; ++i) BOOST_REQUIRE_EQUAL(submit("/").status, 202);
  BOOST_REQUIRE(wait_until([&] { return depth("webhook") == 5; }));
  server().signal(SIGTERM);
  BOOST_REQUIRE_EQUAL(server().wait(), 0);
  serve();  // ready though the queue is paused
  BOOST_TEST(consumers("webhook") == 0U);
  BOOST_TEST(depth("webhook") == 5);
  BOOST_TEST(webhooks().empty());
  BOOST_REQUIRE_EQUAL(ask(operator_token, "POST", "/queues/webhook/resume", {{"reason", "test"}}).status, 200);
  BOOST_REQUIRE(wait_until([&] { return consumers("webhook") == 2 && accepted() == 5; }));
}

BOOST_AUTO_TEST_CASE(a_pause_returns_claimed_but_unstarted_tasks_without_using_an_attempt) {
  set("MILLRACE_QUEUES_WEBHOOK_CONCURRENCY", "1");
  serve();
  for (int i = 0; i < 10; ++i) BOOST_REQUIRE_EQUAL(submit("/wait/1500").status, 202);
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.task where state = 'running'") == "10"; }));
  BOOST_REQUIRE_EQUAL(ask(operator_token, "POST", "/queues/webhook/pause", {{"reason", "test"}}).status, 200);
  BOOST_REQUIRE(wait_until([&] { return depth("webhook") + accepted() == 10 && consumers("webhook") == 0; }));
  BOOST_TEST(read("select count(*) from millrace.task where state = 'running'") == "0");
  BOOST_TEST(accepted() < 10);
  BOOST_REQUIRE_EQUAL(ask(operator_token, "PATCH", "/queues/webhook", {{"reason", "test"}, {"concurrency", 10}}).status,
                      200);
  BOOST_REQUIRE_EQUAL(ask(operator_token, "POST", "/queues/webhook/resume", {{"reason", "test"}}).status, 200);
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.task where state = 'succeeded'") == "10"; }));
  BOOST_TEST(accepted() == 10);
  BOOST_TEST(read("select max(attempt) from millrace.task") == "1");
}

BOOST_AUTO_TEST_CASE(a_rate_limit_delays_tasks_and_loses_none) {
  serve();
  BOOST_REQUIRE_EQUAL(ask(operator_token, "PATCH", "/queues/webhook", {{"reason", "test"}, {"rate_limit", 0.01}}).status,
                      200);
  BOOST_REQUIRE(wait_until([&] { return metric("millrace_queue_rate_limit{queue=\"webhook\"}") == "0.01"; }));
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE_EQUAL(submit("/").status, 202);
  // The first runs immediately. The next is due in 100 seconds and waits on the node, the last at the broker.
  auto waits = [&] {
    return accepted() == 1 && depth("webhook") == 2 && read("select count(*) from millrace.task") == "1" &&
           metric("millrace_deliveries_in_flight{queue=\"webhook\"}") == "1";
  };
  BOOST_REQUIRE(wait_until(waits));
  BOOST_REQUIRE_EQUAL(run({"queue", "list"}), 0);
  BOOST_TEST(waits());
  BOOST_REQUIRE_EQUAL(run({"queue", "limit", "webhook", "--rate", "none", "--why", "test"}), 0);
  BOOST_REQUIRE(wait_until([&] { return accepted() == 3; }));
}

BOOST_AUTO_TEST_CASE(live_nodes_share_a_rate_limit) {
  serve();
  const std::string rate = "millrace_queue_rate_limit{queue=\"webhook\"}";
  BOOST_REQUIRE_EQUAL(ask(operator_token, "PATCH", "/queues/webhook", {{"reason", "test"}, {"rate_limit", 10}}).status, 200);
  BOOST_REQUIRE(wait_until([&] { return metric(rate) == "10"; }));
  set("MILLRACE_API_BIND", "127.0.0.1:0");
  auto other = another_node({});
  BOOST_TEST(wait_until([&] { return metric(rate) == "5"; }));
  other->signal(SIGKILL);
  other->wait();
  BOOST_TEST(wait_until([&] { return metric(rate) == "10"; }));
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_submits_one_task_and_rejects_a_different_request) {
  serve();
  json task{{"type", "notification.webhook"}, {"payload", {{"url", webhook_url()}, {"event", "e"}, {"data", 1}}}};
  auto first = ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: order-1"});
  BOOST_REQUIRE_EQUAL(first.status, 202);
  auto second = ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: order-1"});
  BOOST_TEST(second.body == first.body);
  task["payload"]["data"] = 2;
  BOOST_TEST(ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: order-1"}).status == 422);
  BOOST_REQUIRE(wait_until([&] { return read("select state from millrace.task") == "succeeded"; }));
  const std::string id = first.body["id"];
  BOOST_TEST(ask(operator_token, "GET", "/tasks/" + id).body["state"] == "succeeded");
  BOOST_TEST(webhooks().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_expired_idempotency_key_can_be_used_again) {
  serve();
  json task{{"type", "notification.webhook"}, {"payload", {{"url", webhook_url()}, {"event", "e"}, {"data", 1}}}};
  auto first = ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: old"});
  auto kept = ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: young"});
  BOOST_REQUIRE_EQUAL(first.status, 202);
  {
    pqxx::connection db{database_url()};
    pqxx::work age{db};
    age.exec("update millrace.submission set at = now() - interval '25 hours' where key = 'old'");
    age.exec("update millrace.submission set at = now() - interval '23 hours' where key = 'young'");
    age.commit();
  }
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.submission") == "1"; }));
  auto again = ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: old"});
  BOOST_TEST(again.status == 202);
  BOOST_TEST(again.body != first.body);
  BOOST_TEST(ask(operator_token, "POST", "/tasks", task, {"Idempotency-Key: young"}).body == kept.body);
}

BOOST_AUTO_TEST_CASE(queue_depths_are_shown_and_null_if_unknown) {
  serve();
  BOOST_TEST(ask(operator_token, "GET", "/queues/webhook").body["ready"].is_null());
  const auto* configured = std::getenv("MILLRACE_TEST_RABBIT_API");
  BOOST_REQUIRE(configured);
  const std::string api = configured;
  set("MILLRACE_AMQP_MANAGEMENT_URL", "http://" + api.substr(api.find('@') + 1));
  server().signal(SIGTERM);
  BOOST_REQUIRE_EQUAL(server().wait(), 0);
  for (const auto* name : {"PREFETCH", "CONCURRENCY"}) set(std::string{"MILLRACE_QUEUES_WEBHOOK_"} + name, "3");
  serve();
  for (int i = 0; i < 5; ++i) BOOST_REQUIRE_EQUAL(submit("/wait/8000").status, 202);
  // Requests above the rate limit are rejected and repeated.
  auto holds = [](const json& queue) {
    return queue.value("ready", json{}) == 2 && queue.value("unacked", json{}) == 3 && queue.value("consumers", json{}) == 1;
  };
  BOOST_TEST(wait_until([&] { return holds(ask(operator_token, "GET", "/queues/webhook").body); }));
  // The broker updates its counts periodically, at a different time for each queue.
  auto all_consumed = [](const json& queues) {
    return queues.size() == 7 && std::ranges::all_of(queues, [](auto& queue) { return queue["consumers"] == 1; });
  };
  BOOST_TEST(wait_until([&] { return all_consumed(ask(operator_token, "GET", "/queues").body["queues"]); }));
  BOOST_TEST(wait_until([&] { return run({"queue", "list", "--json"}) == 0 && all_consumed(json::parse(output())); }));
  // An unavailable management API does not affect the rest of the response.
  set("MILLRACE_AMQP_MANAGEMENT_URL", "http://127.0.0.1:" + std::to_string(free_port()));
  server().signal(SIGKILL);
  server().wait();
  serve();
  auto unknown = ask(operator_token, "GET", "/queues");
  BOOST_REQUIRE_EQUAL(unknown.status, 200);
  BOOST_TEST(unknown.body["queues"][1]["ready"].is_null());
  BOOST_TEST(unknown.body["queues"][1]["paused"] == false);
  BOOST_REQUIRE_EQUAL(run({"queue", "list"}), 0);
  BOOST_TEST(output().find("management API unavailable") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(tasks_of_a_replay_at_a_rate_are_due_one_after_the_other) {
  serve();
  write("webhook.jsonl.down", "");
  for (int i = 0; i < 5; ++i) submit("/switch");
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.dead_letter") == "5"; }));
  auto replayed =
      ask(operator_token, "POST", "/dead-letters/replay", {{"reason", "test"}, {"queue", "webhook"}, {"rate", 0.1}});
  BOOST_TEST(replayed.body["settled"] == 5);
  // Ten seconds apart: at least the last three are still waiting.
  BOOST_TEST(read("select count(*) from millrace.outbox where due_at > now() + interval '15 seconds'") == "3");
  BOOST_TEST(read("select extract(epoch from max(due_at) - min(due_at)) >= 20 from millrace.outbox") == "t");
}

BOOST_AUTO_TEST_SUITE_END()
