#include "runtime/supervision/restart_policy.hpp"
#include "runtime/task/retry_policy.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace millrace;
using namespace millrace::supervision;
using namespace std::chrono_literals;

namespace {

constexpr double almost_one = 0.999999999999;

restart_policy three_in_a_minute() {
  restart_policy policy;
  policy.max_restarts = 3;
  policy.window = 60s;
  policy.backoff = {.min = 100ms, .max = 5s};
  return policy;
}

/// The delay in milliseconds, or -1 for escalate.
std::int64_t decided(restart_history& history, std::chrono::seconds now, double random = 0.0) {
  const auto decision = history.decide(restart_history::time_point{now}, random);
  const auto* restart = std::get_if<restart_after>(&decision);
  return restart ? restart->delay.count() : -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_policies)

BOOST_AUTO_TEST_CASE(the_ceiling_doubles_with_each_attempt_up_to_the_maximum) {
  const retry_policy policy{.min = 2s, .max = 60s};
  BOOST_TEST(policy.delay(1, 0.0).count() == 2'000);
  BOOST_TEST(policy.delay(2, 0.0).count() == 4'000);
  BOOST_TEST(policy.delay(5, 0.0).count() == 32'000);
  BOOST_TEST(policy.delay(6, 0.0).count() == 60'000);
  BOOST_TEST(policy.delay(1'000, 0.0).count() == 60'000);
  BOOST_TEST(policy.delay(std::numeric_limits<std::uint32_t>::max(), 0.0).count() == 60'000);
}

BOOST_AUTO_TEST_CASE(jitter_takes_the_whole_range_but_never_nothing) {
  const retry_policy policy{.min = 2s, .max = 60s};
  BOOST_TEST(policy.delay(2, 0.5).count() == 2'000);
  BOOST_TEST(policy.delay(2, almost_one).count() == 1);
}

BOOST_AUTO_TEST_CASE(arguments_out_of_range_are_harmless) {
  const retry_policy policy{.min = 2s, .max = 60s};
  BOOST_TEST(policy.delay(0, 0.0).count() == 2'000);
  BOOST_TEST(policy.delay(1, -7.0).count() == 2'000);
  BOOST_TEST(policy.delay(1, 7.0).count() == 1);
  BOOST_TEST((retry_policy{.min = 0ms, .max = 0ms}.delay(3, 0.0).count() == 1));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(restart_policies)

BOOST_AUTO_TEST_CASE(the_first_restart_is_immediate_and_the_next_ones_back_off) {
  restart_history history{three_in_a_minute()};
  BOOST_TEST(decided(history, 0s) == 0);
  BOOST_TEST(decided(history, 1s) == 100);
  BOOST_TEST(decided(history, 2s) == 200);
}

BOOST_AUTO_TEST_CASE(one_failure_more_than_allowed_in_the_window_escalates) {
  restart_history history{three_in_a_minute()};
  for (int i = 0; i < 3; ++i) BOOST_TEST(decided(history, std::chrono::seconds{i}) >= 0);
  BOOST_TEST(decided(history, 60s) == -1);
  BOOST_TEST(decided(history, 60s) == -1);
}

BOOST_AUTO_TEST_CASE(failures_that_left_the_window_are_forgotten) {
  restart_history history{three_in_a_minute()};
  for (int i = 0; i < 3; ++i) decided(history, std::chrono::seconds{i});
  BOOST_TEST(decided(history, 61s) == 200);  // one of three has left the window
  BOOST_TEST(decided(history, 200s) == 0);   // all have left it, as before the first failure
}

BOOST_AUTO_TEST_CASE(with_no_restart_allowed_the_first_failure_escalates) {
  auto policy = three_in_a_minute();
  policy.max_restarts = 0;
  restart_history history{policy};
  BOOST_TEST(decided(history, 0s) == -1);
  BOOST_TEST(decided(history, 1'000s) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
