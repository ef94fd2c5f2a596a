#include "runtime/flow/token_bucket.hpp"

#include <boost/test/unit_test.hpp>

using millrace::flow::token_bucket;
using namespace std::chrono_literals;

namespace {
const auto start = token_bucket::clock::time_point{} + 1h;
}

BOOST_AUTO_TEST_SUITE(token_buckets)

BOOST_AUTO_TEST_CASE(a_full_bucket_gives_its_burst_and_then_the_rate) {
  token_bucket b{10, 5, start};
  BOOST_TEST(b.take(100, start) == 5U);
  BOOST_TEST(b.take(100, start) == 0U);
  BOOST_TEST((b.wait(start) == 100ms));
  BOOST_TEST(b.take(100, start + 1s) == 5U);  // no more than fits
  BOOST_TEST(b.take(100, start + 1300ms) == 3U);
}

BOOST_AUTO_TEST_CASE(untaken_spans_stay) {
  token_bucket b{10, 5, start};
  BOOST_TEST(b.take(2, start) == 2U);
  BOOST_TEST((b.wait(start) == 0ms));
  BOOST_TEST(b.take(100, start) == 3U);
}

BOOST_AUTO_TEST_CASE(a_rate_below_one_a_second_gives_single_tokens_far_apart) {
  token_bucket b{0.1, 0.01, start};  // capacity of at least one token
  BOOST_TEST(b.take(5, start) == 1U);
  BOOST_TEST((b.wait(start) == 10s));
  BOOST_TEST(b.take(5, start + 9s) == 0U);
  BOOST_TEST(b.take(5, start + 10s) == 1U);
}

BOOST_AUTO_TEST_CASE(a_stopped_or_late_clock_grants_nothing) {
  token_bucket b{1'000, 1, start};
  BOOST_TEST(b.take(1, start) == 1U);
  BOOST_TEST(b.take(1, start - 1h) == 0U);
  BOOST_TEST(b.take(1, start) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
