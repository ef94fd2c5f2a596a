// Metrics of ledger, outbox, actors and circuit breakers.
#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;

namespace {

struct measuring_scene : scene {
  bool shows(const std::string& line) const {
    return wait_until([&] { return http_get(monitoring("/metrics")).second.find("\n" + line) != std::string::npos; });
  }
  void publish(const std::string& type, const std::string& payload, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{"publish", type, payload, "--queue", "priority"};
    command.insert(command.end(), more.begin(), more.end());
    const int code = run(command);
    BOOST_REQUIRE_MESSAGE(code == 0, type << " " << payload << " exited with " << code << ": " << output());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(measures, measuring_scene)

BOOST_AUTO_TEST_CASE(transfers_outbox_mailboxes_and_imbalances_are_measured) {
  serve();
  publish("ledger.open_account", R"({"account":"bank","currency":"EUR","allow_negative":true})");
  publish("ledger.open_account", R"({"account":"ada","currency":"EUR"})");
  BOOST_REQUIRE_MESSAGE(settle(std::chrono::seconds{60}), in_progress());
  publish("transaction.transfer", R"({"debit":"bank","credit":"ada","currency":"EUR","amount":25})", {"--count", "4"});
  publish("transaction.transfer", R"({"debit":"ada","credit":"bank","currency":"EUR","amount":1000})", {"--count", "2"});
  publish("transaction.transfer", R"({"debit":"bank","credit":"ada","currency":"XXX","amount":1})");
  BOOST_CHECK(shows("millrace_ledger_transfers_total{currency=\"EUR\",result=\"posted\"} 4\n"));
  BOOST_CHECK(shows("millrace_ledger_transfers_total{currency=\"EUR\",result=\"refused\"} 2\n"));
  BOOST_CHECK(shows("millrace_ledger_transfers_total{currency=\"unknown\",result=\"refused\"} 1\n"));
  BOOST_CHECK(shows("millrace_ledger_volume_minor_units_total{currency=\"EUR\"} 100\n"));

  BOOST_CHECK(shows("millrace_scheduled_tasks 0\n"));
  publish("transaction.transfer", R"({"debit":"bank","credit":"ada","currency":"EUR","amount":1})",
          {"--at", "2100-01-01T00:00:00Z"});
  BOOST_CHECK(shows("millrace_scheduled_tasks 1\n"));

  for (const auto* actor :
       {"postgres pool tasks", "postgres connection tasks 1", "outbox relay", "outbox gauges", "scheduler", "broker link",
        "consumer priority", "committer priority", "effect executor email", "isolation", "queues"})
    for (const auto* name : {"millrace_actor_mailbox_lag_seconds", "millrace_actor_mailbox_depth"})
      BOOST_CHECK_MESSAGE(shows(name + ("{actor=\"" + std::string(actor)) + "\"} "), name << " of " << actor);

  BOOST_CHECK(shows("millrace_ledger_imbalanced_accounts 0\n"));
  pqxx::connection db{database_url()};
  pqxx::work write{db};
  write.exec0("update millrace.account set balance = balance + 1 where name = 'ada'");
  write.commit();
  server().signal(SIGTERM);
  BOOST_REQUIRE_EQUAL(server().wait(), 0);
  serve();  // a new leader checks immediately
  BOOST_CHECK(shows("millrace_ledger_imbalanced_accounts 1\n"));
  BOOST_CHECK(log().find("ledger out of balance") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unreachable_host_opens_its_breaker_and_its_tasks_use_no_attempts) {
  set("MILLRACE_BREAKER_FAILURES", "3");
  set("MILLRACE_BREAKER_OPEN_FOR", "1h");
  serve();
  const std::string reachable = webhook_url() + "/", unreachable = "http://127.0.0.1:" + std::to_string(free_port()) + "/";
  const auto hook = [](const std::string& url) { return R"({"url":")" + url + R"(","event":"paid","data":{}})"; };
  publish("notification.webhook", hook(unreachable), {"--count", "10"});
  BOOST_CHECK(shows("millrace_circuit_breakers{dependency=\"webhook\",state=\"open\"} 1\n"));
  publish("notification.webhook", hook(reachable), {"--count", "3"});
  BOOST_CHECK(wait_until([&] { return webhooks().size() == 3; }));
  pqxx::connection db{database_url()};
  const auto count = [&db](const std::string& which) {
    pqxx::nontransaction read{db};
    return read.exec1("select count(*) from millrace.task where " + which)[0].as<int>();
  };
  BOOST_CHECK(wait_until([&] { return count("state = 'scheduled'") == 10; }, std::chrono::seconds{30}));
  BOOST_TEST(count("attempt > 1") == 0);
  BOOST_CHECK(shows("millrace_circuit_breakers{dependency=\"email\",state=\"open\"} 0\n"));
}

BOOST_AUTO_TEST_SUITE_END()
