#include "connectors/resilience/circuit_breakers.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::resilience;
using namespace std::chrono_literals;

namespace {

/// A clock that the test moves, and breakers that open after three failures for ten seconds.
struct breakers_under_test {
  circuit_breakers breakers{{.failures = 3, .open_for = 10s, .destinations = 2}};
  circuit_breakers::clock::time_point now{};

  bool is_blocked_for(const std::string& destination) {
    const auto wait = breakers.blocked_for(destination, now);
    BOOST_TEST((!wait || (*wait >= 10s && *wait <= 30s)));
    return wait.has_value();
  }
  void fail(const std::string& destination, int times) {
    for (int i = 0; i < times; ++i) {
      BOOST_TEST(!is_blocked_for(destination));
      breakers.failed(destination, now);
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(circuit_breaker, breakers_under_test)

BOOST_AUTO_TEST_CASE(it_opens_after_so_many_failures_in_a_row_and_for_that_destination_alone) {
  fail("a", 2);
  BOOST_TEST(!is_blocked_for("a"));
  breakers.succeeded("a");
  fail("a", 3);
  BOOST_TEST(is_blocked_for("a"));
  BOOST_TEST(!is_blocked_for("b"));
  BOOST_TEST(breakers.count(now).open == 1U);
}

BOOST_AUTO_TEST_CASE(after_its_time_calls_go_out_one_at_a_time_until_one_succeeds) {
  fail("a", 3);
  now += 9'999ms;
  BOOST_TEST(is_blocked_for("a"));
  now += 1ms;
  BOOST_TEST(!is_blocked_for("a"));
  BOOST_TEST(is_blocked_for("a"));
  BOOST_TEST(breakers.count(now).half_open == 1U);
  breakers.failed("a", now);
  BOOST_TEST(!is_blocked_for("a"));
  breakers.succeeded("a");
  for (int i = 0; i < 5; ++i) BOOST_TEST(!is_blocked_for("a"));
  BOOST_TEST(breakers.count(now).open + breakers.count(now).half_open == 0U);
}

BOOST_AUTO_TEST_CASE(as_many_failures_one_after_the_other_open_it_again) {
  fail("a", 3);
  now += 10s;
  fail("a", 3);
  BOOST_TEST(is_blocked_for("a"));
  BOOST_TEST(breakers.count(now).open == 1U);
  BOOST_TEST(breakers.count(now).half_open == 0U);
}

BOOST_AUTO_TEST_CASE(unused_destinations_are_removed_and_those_above_the_limit_are_called_unguarded) {
  fail("a", 3);
  fail("b", 3);
  fail("c", 10);
  BOOST_TEST(breakers.count(now).open == 2U);
  now += 11min;
  BOOST_TEST(breakers.count(now).open == 0U);
  fail("c", 3);
  BOOST_TEST(is_blocked_for("c"));
}

BOOST_AUTO_TEST_CASE(with_no_number_of_failures_none_opens) {
  circuit_breakers none{{.failures = 0}};
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!none.blocked_for("a", now).has_value());
    none.failed("a", now);
  }
}

BOOST_AUTO_TEST_SUITE_END()
