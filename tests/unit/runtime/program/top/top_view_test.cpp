#include "runtime/program/top/top_view.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace millrace;
using namespace millrace::terminal;
using namespace millrace::top;

namespace {

top_sample sample() {
  top_sample f;
  f.at = wall_time{std::chrono::seconds{1'700'000'000}};
  f.queues = {{{"email", 12, false, 32, {}}, 5, 0.25, 101.5, 0, 0},
              {{"webhook", {}, true, 64, 20}, 3, 754, 0.5, 2, 1.25},
              {{"priority", {}, {}, {}, {}}, {}, {}, {}, {}, {}}};
  f.failing = {{"webhook", "notification.webhook", 2, 1.25}};
  f.outbox_due = 7;
  f.outbox_lag = 3'661;
  f.nodes = {{"http://a/metrics", ""}, {"http://b/metrics", "refused"}};
  f.broker_problem = "no answer within 2000 ms";
  return f;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(view_of_top)

BOOST_AUTO_TEST_CASE(a_table_shows_known_values_and_dashes_for_unknown_ones) {
  const auto text = top_text(sample(), colours::off);
  BOOST_TEST(
      text ==
      "millrace  2023-11-14T22:13:20Z   outbox due 7, oldest 1h 1m\n"
      "\n"
      "QUEUE             READY      IN FLIGHT  OLDEST     DONE/s     RETRIED/s  DEAD/s     PAUSED     CONC.      LIMIT/s\n"
      "email             12         5          0.2s       102        0          0          no         32         -\n"
      "webhook           -          3          12m 34s    0.5        2          1.2        yes        64         20\n"
      "priority          -          -          -          -          -          -          -          -          -\n"
      "\n"
      "FAILING           RETRIED/s  DEAD/s     TYPE\n"
      "webhook           2          1.2        notification.webhook\n"
      "\n"
      "database          ok\n"
      "broker            unavailable: no answer within 2000 ms\n"
      "node http://a/metrics ok\n"
      "node http://b/metrics unavailable: refused\n");
}

BOOST_AUTO_TEST_CASE(colours_mark_problems_and_change_nothing_else) {
  auto text = top_text(sample(), colours::on);
  BOOST_TEST(text.find("\x1b[31m1.2\x1b[0m") != text.npos);
  BOOST_TEST(text.find("\x1b[33myes\x1b[0m") != text.npos);
  BOOST_TEST(text.find("\x1b[31munavailable: refused\x1b[0m") != text.npos);
  BOOST_TEST(text.find("\x1b[31m0\x1b[0m") == text.npos);
  for (std::size_t at = 0; (at = text.find('\x1b')) != text.npos;) text.erase(at, text.find('m', at) - at + 1);
  BOOST_TEST(text == top_text(sample(), colours::off));
}

BOOST_AUTO_TEST_CASE(untrusted_text_cannot_control_the_terminal) {
  auto f = sample();
  f.failing[0].type = "a\x1b[2Jb";
  f.nodes[1].problem = "line 1\nline 2";
  const auto text = top_text(f, colours::off);
  BOOST_TEST(text.find('\x1b') == text.npos);
  BOOST_TEST(text.find("a\\x1b[2Jb\n") != text.npos);
  BOOST_TEST(text.find("line 1\\x0aline 2\n") != text.npos);
}

BOOST_AUTO_TEST_CASE(extreme_numbers_stay_short) {
  auto f = sample();
  f.queues[0].done = std::numeric_limits<double>::infinity();
  f.queues[0].in_flight = 1e300;
  f.queues[0].oldest_seconds = 1e300;
  f.queues[0].retried = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(top_text(f, colours::off)
                 .find("email             12         1.00e+300  1.00e+300  -          -          0          no") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_has_null_for_unknown_values) {
  const auto j = top_json(sample());
  BOOST_TEST(j["at"] == "2023-11-14T22:13:20.000000Z");
  BOOST_REQUIRE_EQUAL(j["queues"].size(), 3U);
  BOOST_TEST(j["queues"][0]["queue"] == "email");
  BOOST_TEST(j["queues"][0]["ready"] == 12);
  BOOST_TEST(j["queues"][0]["done_per_second"] == 101.5);
  BOOST_TEST(j["queues"][1]["ready"].is_null());
  BOOST_TEST(j["queues"][1]["paused"] == true);
  BOOST_TEST(j["queues"][1]["rate_limit"] == 20);
  BOOST_TEST(j["queues"][2]["dead_per_second"].is_null());
  BOOST_TEST(j["failing"][0]["dead_per_second"] == 1.25);
  BOOST_TEST(j["outbox"]["due_rows"] == 7);
  BOOST_TEST(j["database"]["answers"] == true);
  BOOST_TEST(j["broker"]["problem"] == "no answer within 2000 ms");
  BOOST_TEST(j["nodes"][0]["answers"] == true);
  BOOST_TEST(j["nodes"][1]["problem"] == "refused");
}

BOOST_AUTO_TEST_SUITE_END()
