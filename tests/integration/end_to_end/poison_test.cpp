#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>
#include <fstream>

using namespace millrace::test;
using namespace std::chrono_literals;

// Messages that crash the process that executes them, among healthy ones.
namespace {

constexpr int neighbours = 300;
const std::string text = "POISON";
const std::string first = "0190a1b2-0000-7000-8000-000000000001", second = "0190a1b2-0000-7000-8000-000000000002";
const std::vector<std::string> crashing{"--fault-injection", "--crash-on", text};

std::string ask(const scene& s, const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  return read.exec1(sql)[0].c_str();
}

struct poisoned : scene {
  int restarts = 0;

  void publish(const std::string& type, const std::string& payload, const std::string& id, const std::string& expect) {
    BOOST_REQUIRE_MESSAGE(run({"publish", type, payload, "--id", id, "--tenant", "acme"}) == 0, output());
    std::ofstream{file("journal.jsonl"), std::ios::app}
        << nlohmann::json{{"id", id}, {"tenant", "acme"}, {"type", type}, {"expect", expect}} << '\n';
  }
  void publish_poison() {
    publish("transaction.transfer",
            R"({"debit":"bank:funding","credit":"customer:1","amount":5,"currency":"EUR","memo":"POISON"})", "bad-transfer",
            "dead");
    publish("notification.email", R"({"to":"a@example.org","subject":"POISON","text":"x"})", "bad-mail", "dead");
  }

  /// Restarts the node whenever it has died, as an init system does, until `condition` is true.
  bool serve_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline,
                   const std::vector<std::string>& arguments = crashing) {
    return wait_until(
        [&] {
          if (!server().running()) {
            ++restarts;
            start(arguments);
          }
          return condition();
        },
        deadline);
  }
  /// Writes the state after a crash of a process that was executing this task.
  void make_quarantined(const std::string& uuid) {
    pqxx::connection db{database_url()};
    pqxx::nontransaction write{db};
    write.exec_params(
        "insert into millrace.crash (task_id, tenant, crashes, proven, node) values ($1, 'acme', 1, true, 'x')", uuid);
  }
  std::string quarantine() { return ask(*this, "select count(*) from millrace.crash"); }
  std::string hook(const std::string& path) {
    return nlohmann::json{{"url", webhook_url() + path}, {"event", "paid"}, {"data", {{"n", 1}}}}.dump();
  }
  /// Waits until a child process has claimed a task.
  bool one_runs_alone() {
    return wait_until([&] {
      return ask(*this, "select count(*) from millrace.task where state = 'running' and node like '%isolated%'") == "1";
    });
  }
  void stop() {
    server().signal(SIGTERM);
    BOOST_REQUIRE_EQUAL(server().wait(), 0);
  }
  bool all_ended() {
    return ask(*this, "select count(*) >= 2 from millrace.dead_letter") == "t" &&
           ask(*this, "select count(*) from millrace.task where state in ('scheduled', 'running', 'retrying')") == "0" &&
           ask(*this, "select count(*) from millrace.outbox") == "0" && in_progress().empty();
  }
  void check_dead_letter(const std::string& id) {
    auto where = " from millrace.dead_letter where original_id = '" + id + "'";
    BOOST_REQUIRE_EQUAL(ask(*this, "select count(*)" + where), "1");
    BOOST_CHECK_EQUAL(ask(*this, "select reason" + where), "poison");
    auto error = ask(*this, "select error" + where);
    BOOST_CHECK_MESSAGE(error.ends_with("the last time by signal 11 (SIGSEGV)"), error);
    BOOST_CHECK_NE(ask(*this, "select convert_from(payload, 'UTF8')" + where).find(text), std::string::npos);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(poison)

BOOST_AUTO_TEST_CASE(a_crashing_task_dies_alone_and_its_neighbours_lose_no_attempt) {
  poisoned p;
  p.serve();  // makes the queues
  p.stop();
  BOOST_REQUIRE_EQUAL(p.produce(neighbours, 11, scene::mix::good)->wait(), 0);
  p.publish_poison();
  p.start(crashing);
  BOOST_REQUIRE_MESSAGE(p.serve_until([&] { return p.all_ended(); }, 120s), p.in_progress() + p.log());
  BOOST_CHECK_GE(p.restarts, 1);
  BOOST_CHECK_LE(p.restarts, 2);
  p.check_dead_letter("bad-transfer");
  p.check_dead_letter("bad-mail");
  BOOST_CHECK_EQUAL(ask(p, "select count(*) from millrace.dead_letter"), "2");
  BOOST_CHECK_EQUAL(ask(p, "select count(*) from millrace.task where state = 'succeeded' and attempt <> 1"), "0");
  BOOST_REQUIRE(p.settle(60s));
  check_promise(p, {.effects_exactly_once = false});
  p.stop();
  BOOST_CHECK(std::filesystem::is_empty(p.file("state")));
}

BOOST_AUTO_TEST_CASE(a_poison_that_is_replayed_costs_no_node_and_ends_again) {
  poisoned p;
  p.serve(crashing);
  p.publish("notification.email", R"({"to":"a@example.org","subject":"POISON","text":"x"})", "bad-mail", "dead");
  auto letters = [&] { return ask(p, "select count(*) from millrace.dead_letter"); };
  BOOST_REQUIRE(p.serve_until([&] { return letters() == "1"; }, 60s));
  auto before = p.restarts;
  BOOST_REQUIRE_EQUAL(p.run({"dead", "replay", "--reason", "poison", "--why", "a test"}), 0);
  BOOST_REQUIRE(p.serve_until([&] { return letters() == "2"; }, 60s));
  BOOST_CHECK_EQUAL(p.restarts, before);
  p.stop();
  p.serve();  // without the fault
  BOOST_REQUIRE_EQUAL(p.run({"dead", "replay", "--reason", "poison", "--why", "mended"}), 0);
  BOOST_CHECK(wait_until([&] { return ask(p, "select state from millrace.task") == "succeeded"; }));
  BOOST_CHECK(wait_until([&] { return ask(p, "select count(*) from millrace.crash") == "0"; }));
  BOOST_CHECK_EQUAL(p.mails().size(), 1u);
}

BOOST_AUTO_TEST_CASE(an_externally_killed_node_quarantines_no_task) {
  poisoned p;
  p.serve();
  p.publish("notification.webhook", R"({"url":")" + p.webhook_url() + R"(/wait/5000","event":"paid","data":{}})", "slow",
            "done");
  BOOST_REQUIRE(wait_until([&] { return ask(p, "select count(*) from millrace.task where state = 'running'") == "1"; }));
  p.server().signal(SIGKILL);
  p.server().wait();
  p.serve();
  BOOST_CHECK(
      wait_until([&] { return ask(p, "select count(*) from millrace.crash where not proven and crashes = 1") == "1"; }));
  BOOST_CHECK(http_get(p.monitoring("/metrics")).second.find("\nmillrace_quarantined_tasks 0\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_quarantined_task_is_retried_in_isolation_and_released_when_it_ends) {
  poisoned p;
  p.make_quarantined(first);
  p.serve({"--config", p.write("two.yaml", "types:\n  notification.webhook: {max_attempts: 2}\n")});
  p.publish("notification.webhook", p.hook("/status/503"), first, "dead");
  BOOST_REQUIRE(wait_until([&] { return ask(p, "select count(*) from millrace.task where state = 'retrying'") == "1"; }));
  BOOST_CHECK_EQUAL(p.quarantine(), "1");
  BOOST_REQUIRE(wait_until([&] { return ask(p, "select count(*) from millrace.dead_letter") == "1"; }));
  BOOST_CHECK_EQUAL(ask(p, "select reason || ' ' || attempts from millrace.dead_letter"), "attempts_exhausted 2");
  BOOST_CHECK_EQUAL(ask(p, "select node like '%isolated%' from millrace.task"), "t");
  BOOST_CHECK(wait_until([&] { return p.quarantine() == "0"; }));
  BOOST_CHECK_EQUAL(p.webhooks().size(), 2u);
}

BOOST_AUTO_TEST_CASE(a_killed_node_takes_its_isolated_child_along_and_loses_nothing) {
  poisoned p;
  p.make_quarantined(first);
  p.serve();
  p.publish("notification.webhook", p.hook("/delay/20000"), first, "done");
  BOOST_REQUIRE(p.one_runs_alone());
  p.server().signal(SIGKILL);
  p.server().wait();
  auto connections =
      "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'millrace%'";
  BOOST_CHECK(wait_until([&] { return ask(p, connections) == "0"; }, 10s));
  p.set("MILLRACE_WEBHOOK_CONNECT_TIMEOUT", "1s");
  p.set("MILLRACE_WEBHOOK_TIMEOUT", "1s");
  p.serve();
  BOOST_CHECK(wait_until([&] { return p.webhooks().size() == 2; }));
  BOOST_CHECK(wait_until([&] { return ask(p, "select state from millrace.task") == "retrying"; }));
  BOOST_CHECK_EQUAL(ask(p, "select attempt from millrace.task"), "1");
  BOOST_CHECK_EQUAL(ask(p, "select crashes from millrace.crash"), "1");  // no crash was added
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_the_isolated_task_and_returns_the_waiting_ones) {
  poisoned p;
  p.make_quarantined(first);
  p.make_quarantined(second);
  p.serve();
  p.publish("notification.webhook", p.hook("/delay/3000"), first, "done");
  BOOST_REQUIRE(p.one_runs_alone());
  p.publish("notification.webhook", p.hook("/hooks"), second, "done");
  BOOST_REQUIRE(wait_until([&] {
    return http_get(p.monitoring("/metrics")).second.find("\nmillrace_isolation_waiting 2\n") != std::string::npos;
  }));
  p.stop();
  BOOST_CHECK_EQUAL(ask(p, "select string_agg(state::text, ' ') from millrace.task"), "succeeded");
  p.serve();
  BOOST_CHECK(wait_until([&] { return p.webhooks().size() == 2 && p.quarantine() == "0"; }));
  p.stop();
}

BOOST_AUTO_TEST_CASE(two_nodes_and_killed_actors_change_nothing) {
  poisoned p;
  const std::vector<std::string> killing{
      "--fault-injection", "--crash-on", text, "--kill-actor-every", "300", "--seed", "3"};
  p.serve();  // makes the queues
  p.stop();
  BOOST_REQUIRE_EQUAL(p.produce(neighbours, 12, scene::mix::good)->wait(), 0);
  p.publish_poison();
  p.start(killing);
  auto other = p.another_node(killing);
  auto ended = [&] {
    if (!other->running()) {
      ++p.restarts;
      other = p.another_node(killing);
    }
    return p.all_ended();
  };
  BOOST_REQUIRE_MESSAGE(p.serve_until(ended, 120s, killing), p.in_progress() + p.log());
  BOOST_CHECK_MESSAGE(p.restarts <= 4, p.restarts << " restarts:\n" << p.log());  // each message may crash each node once
  p.check_dead_letter("bad-transfer");
  p.check_dead_letter("bad-mail");
  BOOST_REQUIRE(p.settle(60s));
  check_promise(p, {.effects_exactly_once = false});
}

BOOST_AUTO_TEST_CASE(a_state_folder_that_cannot_be_made_stops_the_start_and_is_named) {
  poisoned p;
  p.set("MILLRACE_STATE_DIR", p.write("file", "x") + "/state");
  BOOST_CHECK_EQUAL(p.run({"serve"}), 2);
  BOOST_CHECK_MESSAGE(p.output().find("state_dir") != std::string::npos, p.output());
}

BOOST_AUTO_TEST_SUITE_END()
