#include "tests/integration/end_to_end/collector.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto trace = "0af7651916cd43dd8448eb211c80319c";
const std::string parent = "b7ad6b7169203331";

/// Publishes like a foreign producer that traces its requests.
void publish(const scene& s, const std::string& queue, const std::string& type, const std::string& id, const json& payload,
             const std::string& traceparent) {
  child_process publisher{{"/usr/bin/python3", "-c", R"(
import pika, sys
url, queue, task_type, task_id, payload, traceparent = sys.argv[1:]
channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.confirm_delivery()
channel.basic_publish("", queue, payload, pika.BasicProperties(
    type=task_type, message_id=task_id, content_type="application/json", headers={"traceparent": traceparent}))
)",
                           s.amqp_url(), queue, type, id, payload.dump(), traceparent}};
  BOOST_REQUIRE_EQUAL(publisher.wait(), 0);
}

std::string ask(const scene& s, const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  return read.exec1(sql)[0].c_str();
}

bool all_succeed(const scene& s, long tasks, std::chrono::milliseconds deadline = 60s) {
  return wait_until(
      [&] { return ask(s, "select count(*) from millrace.task where state = 'succeeded'") == std::to_string(tasks); },
      deadline);
}

/// A sample of the node's span metrics; -1 if it is missing.
long metric(const scene& s, const std::string& sample) {
  auto text = http_get(s.monitoring("/metrics")).second;
  auto at = text.find("\nmillrace_spans_" + sample + " ");
  return at == std::string::npos ? -1 : std::stol(text.substr(text.find(' ', at) + 1));
}

std::vector<json> named(const std::vector<json>& spans, const std::string& name) {
  std::vector<json> found;
  std::ranges::copy_if(spans, std::back_inserter(found), [&](const json& s) { return s["name"] == name; });
  std::ranges::sort(found, {}, [](const json& s) { return std::stoull(s["startTimeUnixNano"].get<std::string>()); });
  return found;
}

/// Checks the names and kinds of the child spans of an execution.
void check_children(const std::vector<json>& spans, const json& process, int attempt) {
  std::map<std::string, json> children;
  for (auto& s : spans)
    if (s.value("parentSpanId", "") == process["spanId"] && s["kind"] != 4) children[s["name"]] = s;
  BOOST_TEST(children.size() == 3U);
  for (const auto* name : {"claim", "execute notification.webhook", "commit"}) {
    BOOST_REQUIRE_MESSAGE(children.contains(name), name);
    BOOST_TEST(children[name]["kind"] == 3);
    BOOST_TEST(std::stoull(children[name]["startTimeUnixNano"].get<std::string>()) >=
               std::stoull(process["startTimeUnixNano"].get<std::string>()));
    BOOST_TEST(std::stoull(children[name]["endTimeUnixNano"].get<std::string>()) <=
               std::stoull(process["endTimeUnixNano"].get<std::string>()));
  }
  BOOST_TEST(children["commit"]["attributes"]["db.system.name"] == "postgresql");
  BOOST_TEST(children["execute notification.webhook"]["attributes"]["millrace.attempt"] == std::to_string(attempt));
}

json attributes(const std::string& id, const char* attempt, const char* outcome) {
  return {{"messaging.message.id", id}, {"millrace.attempt", attempt}, {"millrace.outcome", outcome}};
}

json some(const json& from, const json& like) {
  json out;
  for (auto& [key, value] : like.items()) out[key] = from.value(key, json{});
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(a_task_that_fails_once_is_one_trace_from_its_producer_to_its_end) {
  scene s;
  collector c{s, "record"};
  s.set("MILLRACE_TRACING_ENDPOINT", c.url);
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "0");
  s.serve();
  publish(s, "webhook", "notification.webhook", "order 7", {{"url", c.url + "/hook"}, {"event", "paid"}},
          std::string{"00-"} + trace + "-" + parent + "-01");
  BOOST_REQUIRE(wait_until([&] { return c.spans().size() == 9; }));
  auto spans = c.spans();
  for (auto& span : spans) {
    BOOST_TEST(span["traceId"] == trace);
    BOOST_TEST(span["service"] == "millrace");
    BOOST_TEST(span["content_type"] == "application/json");
  }
  auto processes = named(spans, "process webhook"), publishes = named(spans, "publish webhook"),
       executions = named(spans, "execute notification.webhook");
  BOOST_REQUIRE_EQUAL(processes.size(), 2U);
  BOOST_REQUIRE_EQUAL(publishes.size(), 1U);
  BOOST_REQUIRE_EQUAL(executions.size(), 2U);

  // Producer → first try → publish of the second → second try.
  BOOST_TEST(processes[0]["parentSpanId"] == parent);
  BOOST_TEST(publishes[0]["parentSpanId"] == processes[0]["spanId"]);
  BOOST_TEST(processes[1]["parentSpanId"] == publishes[0]["spanId"]);
  for (int i = 0; i < 2; ++i) check_children(spans, processes[static_cast<std::size_t>(i)], i + 1);

  auto failed = attributes("order 7", "1", "retry"), done = attributes("order 7", "2", "succeeded");
  BOOST_TEST(some(processes[0]["attributes"], failed) == failed);
  BOOST_TEST(some(processes[1]["attributes"], done) == done);
  BOOST_TEST(processes[0]["kind"] == 5);
  BOOST_TEST(publishes[0]["kind"] == 4);
  BOOST_TEST(processes[0]["status"]["code"] == 2);
  BOOST_TEST(executions[0]["status"]["code"] == 2);
  BOOST_TEST(executions[0]["attributes"]["http.response.status_code"] == "503");
  BOOST_TEST(executions[0]["attributes"]["error.type"] == "503");
  BOOST_TEST(executions[1]["attributes"]["http.response.status_code"] == "204");
  BOOST_TEST(!executions[1]["attributes"].contains("error.type"));
  BOOST_TEST(!processes[1].contains("status"));
  // The receiver's own spans are children of the executions.
  auto hooks = c.hooks();
  BOOST_REQUIRE_EQUAL(hooks.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(hooks[i]["hook"] == std::string{"00-"} + trace + "-" + executions[i]["spanId"].get<std::string>() + "-01");
  BOOST_TEST(wait_until([&] { return metric(s, "exported_total") == 9; }));
}

BOOST_AUTO_TEST_CASE(a_replayed_dead_letter_continues_the_trace_of_its_task) {
  scene s;
  collector c{s, "record"};
  s.set("MILLRACE_TRACING_ENDPOINT", c.url);
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "0");
  s.serve();
  json hook{{"url", s.webhook_url() + "/status/410"}, {"event", "paid"}};
  publish(s, "webhook", "notification.webhook", "order 7", hook, std::string{"00-"} + trace + "-" + parent + "-01");
  BOOST_REQUIRE(wait_until([&] { return ask(s, "select count(*) from millrace.dead_letter") == "1"; }));
  hook["url"] = s.webhook_url();
  auto letter = ask(s, "select id from millrace.dead_letter");
  BOOST_REQUIRE_EQUAL(s.run({"dead", "replay", letter, "--edit", hook.dump(), "--why", "it moved"}), 0);
  BOOST_REQUIRE(all_succeed(s, 1));
  BOOST_REQUIRE(wait_until([&] { return c.spans().size() == 9; }));
  auto spans = c.spans();
  for (auto& span : spans) BOOST_TEST(span["traceId"] == trace);
  auto processes = named(spans, "process webhook"), publishes = named(spans, "publish webhook");
  BOOST_REQUIRE_EQUAL(processes.size(), 2U);
  BOOST_REQUIRE_EQUAL(publishes.size(), 1U);
  BOOST_TEST(processes[0]["attributes"]["millrace.outcome"] == "dead");
  BOOST_TEST(processes[0]["parentSpanId"] == parent);
  BOOST_TEST(publishes[0]["parentSpanId"] == processes[0]["spanId"]);
  BOOST_TEST(processes[1]["parentSpanId"] == publishes[0]["spanId"]);
  BOOST_TEST(processes[1]["attributes"]["millrace.outcome"] == "succeeded");
}

BOOST_AUTO_TEST_CASE(the_span_of_a_mail_has_the_reply_code_of_the_relay) {
  scene s;
  collector c{s, "record"};
  s.set("MILLRACE_TRACING_ENDPOINT", c.url);
  s.serve();
  const auto traceparent = std::string{"00-"} + trace + "-" + parent + "-01";
  for (const auto* to : {"reply-550@example.org", "a@example.org"})
    publish(s, "email", "notification.email", to, {{"to", {to}}, {"subject", "Hello"}, {"text", "It works."}}, traceparent);
  BOOST_REQUIRE(wait_until([&] { return named(c.spans(), "execute notification.email").size() == 2; }));
  std::map<std::string, json> by_reply;
  for (auto& span : named(c.spans(), "execute notification.email"))
    by_reply[span["attributes"].value("millrace.smtp.reply_code", "none")] = span;
  BOOST_REQUIRE(by_reply.contains("550") && by_reply.contains("250"));
  BOOST_TEST(by_reply["550"]["attributes"]["error.type"] == "550");
  BOOST_TEST(by_reply["550"]["status"]["code"] == 2);
  BOOST_TEST(!by_reply["250"].contains("status"));
}

BOOST_AUTO_TEST_CASE(an_isolated_task_is_traced) {
  const std::string id = "0190a1b2-0000-7000-8000-000000000001";
  scene s;
  collector c{s, "record"};
  s.set("MILLRACE_TRACING_ENDPOINT", c.url);
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "0");
  ask(s, "insert into millrace.crash (task_id, tenant, crashes, proven, node) values ('" + id +
             "', 'default', 1, true, 'x') returning node");
  s.serve();
  publish(s, "webhook", "notification.webhook", id, {{"url", s.webhook_url()}, {"event", "paid"}},
          std::string{"00-"} + trace + "-" + parent + "-01");
  BOOST_REQUIRE(wait_until([&] { return c.spans().size() == 4; }));
  BOOST_TEST(wait_until([&] { return ask(s, "select count(*) from millrace.crash") == "0"; }));
  BOOST_TEST(metric(s, "exported_total") == 0);  // the child process exports them
  const auto spans = c.spans();
  const auto processes = named(spans, "process webhook");
  BOOST_REQUIRE_EQUAL(processes.size(), 1U);
  BOOST_TEST(processes[0]["parentSpanId"] == parent);
  check_children(spans, processes[0], 1);
}

BOOST_AUTO_TEST_CASE(a_share_of_other_tasks_is_sampled_unless_the_producer_declined) {
  scene s;
  collector c{s, "record"};
  s.set("MILLRACE_TRACING_ENDPOINT", c.url);
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "100");
  s.serve();
  json account{{"account", "a:1"}, {"currency", "EUR"}};
  publish(s, "priority", "ledger.open_account", "unwanted", account, std::string{"00-"} + trace + "-" + parent + "-00");
  BOOST_REQUIRE(all_succeed(s, 1));
  account["account"] = "a:2";
  BOOST_REQUIRE_EQUAL(s.run({"publish", "ledger.open_account", account.dump(), "--id", "wanted"}), 0);
  BOOST_REQUIRE(all_succeed(s, 2));
  // A stopping node exports its buffered spans before it exits.
  s.server().signal(SIGTERM);
  BOOST_REQUIRE_EQUAL(s.server().wait(), 0);
  auto spans = c.spans();
  BOOST_REQUIRE_EQUAL(spans.size(), 3U);
  auto process = named(spans, "process priority.ledger");
  BOOST_REQUIRE_EQUAL(process.size(), 1U);
  BOOST_TEST(!process[0].contains("parentSpanId"));
  BOOST_TEST(process[0]["attributes"]["messaging.message.id"] == "wanted");
  for (const auto* name : {"execute ledger.open_account", "commit"}) {
    auto child = named(spans, name);
    BOOST_REQUIRE_EQUAL(child.size(), 1U);
    BOOST_TEST(child[0]["parentSpanId"] == process[0]["spanId"]);
    BOOST_TEST(child[0]["traceId"] == process[0]["traceId"]);
  }
}

BOOST_AUTO_TEST_CASE(tasks_go_on_while_the_collector_is_down_and_drops_are_counted) {
  scene s;
  s.set("MILLRACE_TRACING_ENDPOINT", "http://127.0.0.1:" + std::to_string(free_port()));
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "100");
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email",
                             R"({"to":["a@example.org"],"subject":"Hello","text":"It works."})", "--count", "20"}),
                      0);
  BOOST_REQUIRE(all_succeed(s, 20));
  BOOST_TEST(wait_until([&] { return metric(s, "dropped_total{reason=\"collector\"}") == 80; }));
  BOOST_TEST(metric(s, "exported_total") == 0);
  BOOST_TEST(http_get(s.monitoring("/readyz")).first == 200);
}

BOOST_AUTO_TEST_CASE(tasks_go_on_while_the_collector_hangs_and_it_does_not_delay_the_end) {
  scene s;
  collector c{s, "hang"};
  s.set("MILLRACE_TRACING_ENDPOINT", c.url);
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "100");
  s.serve();
  BOOST_REQUIRE_EQUAL(s.run({"publish", "ledger.open_account", R"({"account":"a:1","currency":"EUR"})", "--count", "1"}), 0);
  BOOST_REQUIRE_EQUAL(s.run({"publish", "notification.email",
                             R"({"to":["a@example.org"],"subject":"Hello","text":"It works."})", "--count", "3000"}),
                      0);
  BOOST_REQUIRE(all_succeed(s, 3'001, 120s));
  BOOST_TEST(metric(s, "dropped_total{reason=\"buffer_full\"}") > 2'000);
  BOOST_TEST(metric(s, "exported_total") == 0);
  auto began = std::chrono::steady_clock::now();
  s.server().signal(SIGTERM);
  BOOST_TEST(s.server().wait() == 0);
  BOOST_TEST((std::chrono::steady_clock::now() - began < 10s));
}

BOOST_AUTO_TEST_CASE(without_an_endpoint_nothing_is_sent_and_a_traceparent_is_carried_as_it_came) {
  scene s;
  collector c{s, "record"};
  s.set("MILLRACE_TRACING_SAMPLE_PERCENT", "100");
  s.serve();
  auto traceparent = std::string{"00-"} + trace + "-" + parent + "-01";
  publish(s, "webhook", "notification.webhook", "order 7", {{"url", c.url + "/hook"}, {"event", "paid"}}, traceparent);
  BOOST_REQUIRE(all_succeed(s, 1));
  s.server().signal(SIGTERM);
  BOOST_REQUIRE_EQUAL(s.server().wait(), 0);
  BOOST_TEST(c.spans().empty());
  auto hooks = c.hooks();
  BOOST_REQUIRE_EQUAL(hooks.size(), 2U);
  for (auto& h : hooks) BOOST_TEST(h["hook"] == traceparent);
}

BOOST_AUTO_TEST_SUITE_END()
