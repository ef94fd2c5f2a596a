#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr auto every_second = R"(schedules:
  tick:
    cron: "* * * * * *"
    timezone: Europe/Berlin
    type: notification.email
    payload: '{"to":"a@example.org","subject":"Tick","text":"Tock"}'
)";

std::string ask(const scene& s, const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  return read.exec1(sql)[0].c_str();
}

bool output_has(const scene& s, const std::string& text) { return s.output().find(text) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(schedules)

BOOST_AUTO_TEST_CASE(a_schedule_runs_every_second_exactly_once_while_actors_are_killed) {
  scene s;
  s.serve({"--config", s.write("millrace.yaml", every_second), "--fault-injection", "--kill-actor-every", "500", "--seed",
           "11"});
  BOOST_REQUIRE(wait_until([&] { return std::stol(ask(s, "select count(*) from millrace.task")) >= 20; }, 120s));
  BOOST_REQUIRE_EQUAL(s.run({"schedule", "disable", "tick", "--why", "test"}), 0);
  BOOST_REQUIRE_MESSAGE(s.settle(120s), s.in_progress());
  // Every second from the first run to the last has exactly one task, executed once.
  BOOST_CHECK_EQUAL(
      ask(s,
          "select count(*) = count(distinct correlation_id) and count(*) = 1 + extract(epoch from max(at) - min(at))"
          " and bool_and(state = 'succeeded') from (select *, substr(correlation_id, 6)::timestamptz as at"
          " from millrace.task) t"),
      "t");
  BOOST_CHECK_EQUAL(std::to_string(s.mails().size()), ask(s, "select count(*) from millrace.task"));
}

BOOST_AUTO_TEST_CASE(schedules_are_listed_with_their_next_run_and_removed_with_the_configuration) {
  scene s;
  auto file = s.write("millrace.yaml", "schedules: {yearly: {cron: '@yearly', type: report.run, timezone: Asia/Tokyo}}\n");
  s.serve({"--config", file});
  BOOST_REQUIRE(wait_until([&] { return ask(s, "select count(*) from millrace.schedule") == "1"; }));
  BOOST_REQUIRE_EQUAL(s.run({"schedule", "list", "--json"}), 0);
  auto shown = nlohmann::json::parse(s.output())[0];
  BOOST_CHECK_EQUAL(shown["name"], "yearly");
  BOOST_CHECK_EQUAL(shown["origin"], "config");
  BOOST_CHECK(shown["next"].get<std::string>().ends_with("-12-31T15:00:00Z"));
  BOOST_REQUIRE_EQUAL(s.run({"schedule", "disable", "yearly", "--why", "test"}), 0);
  BOOST_REQUIRE_EQUAL(s.run({"schedule", "list"}), 0);
  BOOST_CHECK(output_has(s, "\nyearly\tdisabled\t"));
  BOOST_CHECK_EQUAL(s.run({"schedule", "enable", "no-such", "--why", "test"}), 1);
  BOOST_CHECK_EQUAL(s.run({"schedule", "enable", "yearly", "--why", "test"}), 0);
  s.server().signal(SIGTERM);
  BOOST_CHECK_EQUAL(s.server().wait(), 0);
  s.serve();
  BOOST_CHECK(
      wait_until([&] { return ask(s, "select origin || ' ' || enabled from millrace.schedule") == "removed false"; }));
}

BOOST_AUTO_TEST_CASE(an_invalid_schedule_is_a_configuration_error_with_its_line) {
  scene s;
  auto file = s.write("wrong.yaml",
                      "schedules:\n  never:\n    cron: 0 0 31 2 *\n    type: report.run\n  lost:\n    cron: '@daily'\n"
                      "    type: report.run\n    timezone: Mars/Olympus\n    payload: '{'\n");
  BOOST_CHECK_EQUAL(s.run({"--config", file, "config", "check"}), 2);
  BOOST_CHECK_MESSAGE(output_has(s, "wrong.yaml:3: error: schedules.never.cron: never fires"), s.output());
  BOOST_CHECK(output_has(s, "wrong.yaml:8: error: schedules.lost.timezone: no time zone 'Mars/Olympus'"));
  BOOST_CHECK(output_has(s, "wrong.yaml:9: error: schedules.lost.payload: is not valid JSON"));
  BOOST_CHECK_EQUAL(s.run({"--config", file, "serve"}), 2);
}

BOOST_AUTO_TEST_SUITE_END()
