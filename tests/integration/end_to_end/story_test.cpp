#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr int tasks = 10'000;
constexpr std::size_t memory_limit = 100'000'000;
const std::vector<std::string> killing_actors{"--fault-injection", "--kill-actor-every", "500", "--seed", "7"};

long oversized(const scene& s) {
  long n = 0;
  for (auto& line : s.journal()) n += line.value("kind", "") == "broken_body_64_mib";
  return n;
}

void check_settled(scene& s, std::chrono::milliseconds deadline) {
  if (s.settle(deadline)) return;
  auto log = s.log();
  BOOST_FAIL("not settled, " << s.in_progress() << "the log ends:\n"
                             << log.substr(log.size() - std::min<std::size_t>(log.size(), 4000)));
}

}  // namespace

BOOST_AUTO_TEST_CASE(ten_thousand_mixed_tasks_finish_once_each_while_an_actor_is_killed_every_half_second) {
  scene s;
  s.serve(killing_actors);
  auto producer = s.produce(tasks, 1);
  BOOST_REQUIRE_EQUAL(producer->wait(), 0);
  check_settled(s, 240s);
  BOOST_CHECK_LT(s.server().peak_memory(), memory_limit);
  check_promise(s, {.effects_exactly_once = true});
  BOOST_CHECK(wait_until([&] { return s.depth("millrace.parked") == oversized(s); }));
  s.server().signal(SIGTERM);
  BOOST_CHECK_EQUAL(s.server().wait(), 0);
}

BOOST_AUTO_TEST_CASE(mixed_tasks_finish_once_each_although_the_process_is_killed_and_restarted) {
  scene s;
  s.serve(killing_actors);
  auto producer = s.produce(tasks, 2);
  BOOST_REQUIRE(wait_until([&] { return s.journal().size() > tasks / 3; }, 240s));
  s.server().signal(SIGKILL);
  s.server().wait();
  s.serve(killing_actors);
  BOOST_REQUIRE_EQUAL(producer->wait(), 0);
  check_settled(s, 240s);
  BOOST_CHECK_LT(s.server().peak_memory(), memory_limit);
  check_promise(s, {.effects_exactly_once = false});
}

BOOST_AUTO_TEST_CASE(promtool_accepts_the_metrics_of_a_node) {
  scene s;
  s.serve();
  BOOST_REQUIRE_EQUAL(s.produce(200, 3)->wait(), 0);
  check_settled(s, 60s);
  auto metrics = http_get(s.monitoring("/metrics"));
  BOOST_REQUIRE_EQUAL(metrics.first, 200);
  BOOST_CHECK(metrics.second.find("millrace_tasks_total{") != std::string::npos);
  auto check = s.monitoring("/metrics");
  BOOST_CHECK_EQUAL(child_process({"sh", "-c", "curl -fsS " + check + " | promtool check metrics"}).wait(), 0);
}
