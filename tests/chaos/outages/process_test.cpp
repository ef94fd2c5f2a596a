// Faults of the process itself other than crashes: it is suspended, or asked to stop.
#include "tests/chaos/outages/outage.hpp"

#include <algorithm>
#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr auto mail = R"({"to":"a@example.org","subject":"Hi","text":"Hello"})";
constexpr int slow = 20, quick = 500;

void publish(outage& o, const std::string& type, const std::string& payload, int count) {
  BOOST_REQUIRE_EQUAL(o.s.run({"publish", type, payload, "--count", std::to_string(count)}), 0);
}

/// A webhook whose endpoint responds after this delay.
std::string webhook(outage& o, std::chrono::milliseconds takes) {
  return R"({"url":")" + o.s.webhook_url() + "/delay/" + std::to_string(takes.count()) + R"(","event":"slow","data":{}})";
}

long delayed_mails(outage& o) {
  auto mails = o.s.mails();
  return std::count_if(mails.begin(), mails.end(), [](auto& m) { return m["rcpts"][0] == "delay-3000@example.org"; });
}

bool frozen_out(outage& o) {
  return wait_until(
      [&] { return rabbit_api("GET", "/api/queues/" + o.s.vhost() + "/priority").value("consumers", -1) == 0; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(frozen_longer_than_two_heartbeats_it_goes_on_and_doubles_nothing) {
  outage o;
  o.begin();
  o.s.server().signal(SIGSTOP);
  BOOST_CHECK(frozen_out(o));
  o.s.server().signal(SIGCONT);
  o.recover();
}

// With slow tasks of both kinds, so that each kind has tasks in flight when the process is stopped.
BOOST_AUTO_TEST_CASE(frozen_for_two_minutes_beside_a_second_node_it_doubles_nothing,
                     *boost::unit_test::precondition(in_long_mode)) {
  outage o;
  o.begin();
  auto beside = o.s.serve_beside("beside");
  publish(o, "notification.webhook", webhook(o, 3'000ms), slow);
  publish(o, "notification.email", R"({"to":"delay-3000@example.org","subject":"Hi","text":"Hello"})", slow);
  BOOST_REQUIRE(wait_until([&] { return o.s.webhooks().size() > slow / 2 && delayed_mails(o) > 4; }));
  o.s.server().signal(SIGSTOP);
  auto stopped = std::chrono::steady_clock::now();
  BOOST_CHECK(wait_until([&] { return std::chrono::steady_clock::now() - stopped > 2min; }, 3min));
  o.s.server().signal(SIGCONT);
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_stop_signal_finishes_running_tasks_exits_with_0_and_repeats_none) {
  outage o;
  o.s.set("MILLRACE_SHUTDOWN_GRACE", "20s");
  o.s.serve();
  publish(o, "notification.webhook", webhook(o, 1'000ms), slow);
  publish(o, "notification.email", mail, quick);
  BOOST_REQUIRE(wait_until([&] { return o.s.webhooks().size() > 5 && o.s.mails().size() > 50; }));
  o.s.server().signal(SIGTERM);
  BOOST_CHECK_EQUAL(o.s.server().wait(), 0);
  auto done = std::stoi(o.query("select count(*) from millrace.task where state = 'succeeded'"));
  BOOST_CHECK_EQUAL(o.s.webhooks().size() + o.s.mails().size(), static_cast<std::size_t>(done));
  o.s.serve();
  BOOST_REQUIRE(wait_until([&] {
    return o.query("select count(*) from millrace.task where state = 'succeeded'") == std::to_string(slow + quick);
  }));
  check_promise(o.s, {});
  o.check_no_attempts_used();
  BOOST_CHECK_EQUAL(o.s.webhooks().size() + o.s.mails().size(), static_cast<std::size_t>(slow + quick));
  BOOST_CHECK_EQUAL(o.metric("millrace_redeliveries_deduplicated_total"), 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_stops_immediately) {
  outage o;
  o.s.set("MILLRACE_SHUTDOWN_GRACE", "10m");
  o.s.serve();
  publish(o, "notification.webhook", webhook(o, 600'000ms), 1);
  BOOST_REQUIRE(wait_until([&] { return o.s.webhooks().size() == 1; }));
  o.s.server().signal(SIGTERM);
  BOOST_REQUIRE(wait_until([&] { return o.s.log().find("\"draining\"") != std::string::npos; }));
  BOOST_CHECK(o.s.server().running());
  o.s.server().signal(SIGTERM);
  BOOST_CHECK_EQUAL(o.s.server().wait(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
