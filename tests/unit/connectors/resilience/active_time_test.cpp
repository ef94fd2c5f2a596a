#include "connectors/resilience/active_time.hpp"

#include <boost/test/unit_test.hpp>

using millrace::resilience::active_time;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(active_times)

BOOST_AUTO_TEST_CASE(it_follows_the_clock_while_it_is_updated) {
  const active_time::clock::time_point start{};
  active_time t{1s, start};
  for (int i = 1; i <= 10; ++i) BOOST_CHECK(t.update(start + i * 500ms) == (i - 1) * 500ms);
  BOOST_CHECK(t.at(start + 5'100ms) == 5'100ms);
}

BOOST_AUTO_TEST_CASE(a_long_gap_counts_as_one_gap_and_only_from_the_second_update_after_it) {
  const active_time::clock::time_point start{};
  active_time t{1s, start};
  t.update(start + 500ms);
  BOOST_CHECK(t.at(start + 1h) == 1'500ms);
  BOOST_CHECK(t.update(start + 1h) == 500ms);
  BOOST_CHECK(t.update(start + 1h + 500ms) == 1'500ms);
  BOOST_CHECK(t.update(start + 1h + 1'000ms) == 2'000ms);
}

BOOST_AUTO_TEST_CASE(updates_in_quick_succession_count_as_one_so_that_the_first_after_a_stop_gives_nothing_up) {
  const active_time::clock::time_point start{};
  active_time t{1s, start};
  BOOST_CHECK(t.update(start + 1h) == 0ms);
  BOOST_CHECK(t.update(start + 1h + 249ms) == 0ms);
  BOOST_CHECK(t.update(start + 1h + 250ms) == 1s);
}

BOOST_AUTO_TEST_SUITE_END()
