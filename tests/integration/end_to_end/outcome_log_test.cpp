// The log line of each finished task.
#include "config/text/encoding.hpp"
#include "runtime/tracing/trace_sampling.hpp"
#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>
#include <sstream>

using namespace millrace::test;
using nlohmann::json;

namespace {

constexpr auto trace = "0af7651916cd43dd8448eb211c80319c";
const json traced{{"tenant", "acme"}, {"traceparent", std::string{"00-"} + trace + "-b7ad6b7169203331-01"}};
const json mail{{"to", {"a@example.org"}}, {"subject", "Hello"}, {"text", "It works."}};

struct log_scene : scene {
  /// Publishes like another producer, with its own headers.
  void publish(const std::string& queue, const std::string& type, const std::string& id, const json& payload,
               const json& headers) const {
    child_process publisher{{"/usr/bin/python3", "-c", R"(
import json, pika, sys
url, queue, task_type, task_id, payload, headers = sys.argv[1:]
channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.confirm_delivery()
channel.basic_publish("", queue, payload, pika.BasicProperties(type=task_type, message_id=task_id,
    content_type="application/json", correlation_id="cart " + task_id, headers=json.loads(headers)))
)",
                             amqp_url(), queue, type, id, payload.dump(), headers.dump()}};
    BOOST_REQUIRE_EQUAL(publisher.wait(), 0);
  }
  json hook(const std::string& path) const { return {{"url", webhook_url() + path}, {"event", "paid"}}; }

  std::string ask(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::nontransaction read{db};
    auto rows = read.exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }
  std::string id_of(const std::string& task) const {
    return ask("select id from millrace.task where original_id = '" + task + "'");
  }

  /// Waits until that many tasks have finished and stops the node. Returns its log lines about tasks by the producer's id.
  std::multimap<std::string, json> lines_of_tasks(int tasks) {
    auto ended = "select count(*) from millrace.task where state in ('succeeded', 'dead')";
    BOOST_REQUIRE(wait_until([&] { return ask(ended) == std::to_string(tasks); }));
    server().signal(SIGTERM);
    BOOST_REQUIRE_EQUAL(server().wait(), 0);
    std::multimap<std::string, json> found;
    std::istringstream all{log()};
    for (std::string line; std::getline(all, line);)
      if (auto read = json::parse(line); read["message"].get<std::string>().starts_with("task "))
        found.emplace(ask("select original_id from millrace.task where id = '" + read["task_id"].get<std::string>() + "'"),
                      read);
    return found;
  }

  static json only(const std::multimap<std::string, json>& lines, const std::string& task) {
    BOOST_REQUIRE_EQUAL(lines.count(task), 1U);
    return lines.find(task)->second;
  }

  /// Checks the fields that differ between runs and removes them.
  static json settled(json line) {
    BOOST_TEST(line["seconds"].is_number());
    BOOST_TEST(line["seconds"] > 0);
    BOOST_TEST(line["seconds"] < 60);
    for (const auto* other : {"seconds", "time", "node", "version"}) line.erase(other);
    return line;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outcome_log, log_scene)

BOOST_AUTO_TEST_CASE(each_task_that_succeeds_or_dies_logs_one_complete_line) {
  serve();
  publish("email", "notification.email", "mail 1", mail, traced);
  publish("webhook", "notification.webhook", "hook 1", hook("/status/410"), traced);
  publish("priority", "ledger.open_account", "account 1", {{"account", "a:1"}, {"currency", "EUR"}}, json::object());
  auto lines = lines_of_tasks(3);
  BOOST_TEST(lines.size() == 3U, log());
  const json done{{"level", "info"},
                  {"message", "task done"},
                  {"task_id", id_of("mail 1")},
                  {"type", "notification.email"},
                  {"tenant", "acme"},
                  {"queue", "email"},
                  {"outcome", "succeeded"},
                  {"attempt", 1},
                  {"reason", ""},
                  {"error", ""},
                  {"correlation_id", "cart mail 1"},
                  {"trace_id", trace},
                  {"omitted", 0}};
  BOOST_TEST(settled(only(lines, "mail 1")) == done);
  auto dead = done;
  dead.update({{"level", "warn"},
               {"message", "task dead"},
               {"task_id", id_of("hook 1")},
               {"type", "notification.webhook"},
               {"queue", "webhook"},
               {"outcome", "dead"},
               {"reason", "rejected"},
               {"error", ask("select error from millrace.task where state = 'dead'")},
               {"correlation_id", "cart hook 1"}});
  BOOST_TEST(settled(only(lines, "hook 1")) == dead);
  BOOST_TEST(dead["error"].get<std::string>().find("HTTP 410") != std::string::npos, dead["error"]);
  auto in_transaction = done;
  in_transaction.update({{"task_id", id_of("account 1")},
                         {"type", "ledger.open_account"},
                         {"tenant", "default"},
                         {"queue", "priority"},
                         {"correlation_id", "cart account 1"},
                         {"trace_id", ""}});
  BOOST_TEST(settled(only(lines, "account 1")) == in_transaction);
}

BOOST_AUTO_TEST_CASE(the_errors_of_a_redacted_type_are_not_logged) {
  serve({"--config", write("millrace.yaml", "types: {notification.webhook: {redact: true}}\n")});
  publish("webhook", "notification.webhook", "hook 1", hook("/status/410"), traced);
  publish("webhook", "notification.webhook", "hook 2", hook("/"), traced);
  auto lines = lines_of_tasks(2);
  BOOST_TEST(lines.size() == 2U, log());
  BOOST_TEST(only(lines, "hook 1")["message"] == "task dead");
  BOOST_TEST(only(lines, "hook 1")["error"] == "(redacted)");
  BOOST_TEST(only(lines, "hook 1")["reason"] == "rejected");
  BOOST_TEST(only(lines, "hook 2")["error"] == "");
  BOOST_TEST(log().find("HTTP 410") == std::string::npos, log());
  // The database still has the error.
  BOOST_TEST(ask("select error from millrace.task where state = 'dead'").find("HTTP 410") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sampled_task_logs_its_trace_id) {
  set("MILLRACE_TRACING_ENDPOINT", "http://127.0.0.1:" + std::to_string(free_port()));
  set("MILLRACE_TRACING_SAMPLE_PERCENT", "100");
  serve();
  publish("email", "notification.email", "mail 1", mail, {{"tenant", "acme"}});
  auto line = only(lines_of_tasks(1), "mail 1");
  auto id = *millrace::uuid::parse(line["task_id"].get<std::string>());
  BOOST_TEST(line["trace_id"] == millrace::text::to_hex(millrace::tracing::trace_of("", "acme", id, 100)->trace));
}

BOOST_AUTO_TEST_SUITE_END()
