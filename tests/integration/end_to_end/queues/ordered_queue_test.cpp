// An ordered queue over two nodes: dependent tasks are executed in the order of their publication, whoever executes them.
#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr int chains = 400;

struct two_nodes : scene {
  two_nodes() {
    set("MILLRACE_SHUTDOWN_GRACE", "20s");
    serve();
    beside = serve_beside("beside");
    producer = std::make_unique<child_process>(std::vector<std::string>{
        "/usr/bin/python3", std::string{MILLRACE_SOURCE_DIR} + "/tests/integration/end_to_end/queues/dependent_producer.py",
        amqp_url(), std::to_string(chains)});
  }

  std::string ask(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::nontransaction read{db};
    auto rows = read.exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }
  long executed() const { return std::stol(ask("select count(*) from millrace.task")); }

  /// Waits until that many more tasks are executed, so that a fault strikes under load.
  bool goes_on(long more = 60) {
    const auto enough = std::min<long>(executed() + more, 3 * chains);
    return wait_until([&] { return executed() >= enough; });
  }
  /// The node that executed the latest task.
  std::string active() const { return ask("select node from millrace.task order by finished_at desc limit 1"); }

  std::size_t consumers() const {
    return rabbit_api("GET", "/api/queues/" + vhost() + "/priority.ledger")
        .value("consumer_details", nlohmann::json::array())
        .size();
  }

  void check_order() {
    BOOST_REQUIRE_EQUAL(producer->wait(), 0);
    BOOST_REQUIRE(wait_until([&] { return executed() == 3 * chains + 1 && depth("priority.ledger") == 0; }, 60s));
    BOOST_TEST(ask("select coalesce(string_agg(distinct result::text, ' '), '') from millrace.task"
                   " where type = 'transaction.transfer' and result::text !~ 'posted\": ?true'") == "");
    BOOST_TEST(ask("select count(*) from millrace.task where state <> 'succeeded' or attempt > 1") == "0");
    BOOST_TEST(ask("select count(*) from millrace.dead_letter") == "0");
    BOOST_TEST(ask("select count(*) from millrace.transfer") == std::to_string(2 * chains));
  }

  std::unique_ptr<child_process> beside, producer;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ordered_queue, two_nodes)

BOOST_AUTO_TEST_CASE(order_survives_the_death_of_the_active_node) {
  for (int round = 0; round < 2; ++round) {
    BOOST_REQUIRE(goes_on());
    server().signal(SIGKILL);
    server().wait();
    BOOST_REQUIRE(goes_on());
    serve();
    BOOST_REQUIRE(goes_on());
    beside->signal(SIGKILL);
    beside->wait();
    BOOST_REQUIRE(goes_on());
    beside = serve_beside("beside " + std::to_string(round));
  }
  check_order();
}

BOOST_AUTO_TEST_CASE(order_survives_graceful_stops) {
  for (int round = 0; round < 2; ++round) {
    BOOST_REQUIRE(goes_on());
    server().signal(SIGTERM);
    BOOST_TEST(server().wait() == 0);
    BOOST_REQUIRE(goes_on());
    serve();
    BOOST_REQUIRE(goes_on());
    beside->signal(SIGTERM);
    BOOST_TEST(beside->wait() == 0);
    beside = serve_beside("beside " + std::to_string(round));
  }
  check_order();
}

BOOST_AUTO_TEST_CASE(order_survives_pauses_and_changes_of_limits) {
  for (const auto* rate : {"400", "300", "none"}) {
    BOOST_REQUIRE(goes_on(30));
    BOOST_REQUIRE_EQUAL(run({"queue", "limit", "priority.ledger", "--rate", rate, "--why", "test"}), 0);
    BOOST_REQUIRE(goes_on(30));
    BOOST_REQUIRE_EQUAL(run({"queue", "pause", "priority.ledger", "--why", "test"}), 0);
    BOOST_REQUIRE(wait_until([&] { return consumers() == 0; }));
    BOOST_REQUIRE_EQUAL(run({"queue", "resume", "priority.ledger", "--why", "test"}), 0);
  }
  check_order();
}

// A scheduler leads in one of the nodes all the while.
BOOST_AUTO_TEST_CASE(tasks_enqueued_by_sql_keep_the_order_of_their_transactions) {
  BOOST_REQUIRE_EQUAL(producer->wait(), 0);
  constexpr int enqueued = 100;
  {
    pqxx::connection db{database_url()};
    pqxx::nontransaction each{db};
    for (int n = 0; n < enqueued; ++n) {
      const auto account = "order:sql-" + std::to_string(n);
      each.exec("select millrace.enqueue('ledger.open_account', '{\"account\":\"" + account + "\",\"currency\":\"EUR\"}')");
      for (const auto& [debit, credit] : {std::pair{std::string{"order:funding"}, account}, {account, "order:funding"}})
        each.exec("select millrace.enqueue('transaction.transfer', '{\"debit\":\"" + debit + "\",\"credit\":\"" + credit +
                  "\",\"amount\":7,\"currency\":\"EUR\"}')");
    }
  }
  BOOST_REQUIRE(wait_until([&] { return executed() == 3 * (chains + enqueued) + 1; }, 60s));
  BOOST_TEST(ask("select count(*) from millrace.transfer") == std::to_string(2 * (chains + enqueued)));
}

BOOST_AUTO_TEST_SUITE_END()
