#include "actors/delivery/queue_limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

BOOST_AUTO_TEST_SUITE(queue_limits_of_a_node)

BOOST_AUTO_TEST_CASE(each_living_node_gets_its_share_of_a_rate_and_all_of_a_concurrency) {
  queue_limits_board board;
  board.read({{.queue = "email", .paused = true, .concurrency = 8, .rate_limit = 90}}, 3);
  BOOST_TEST(board.of("email").paused);
  BOOST_TEST(board.of("email").concurrency == 8U);
  BOOST_TEST(board.of("email").rate == 30);
  BOOST_TEST((board.of("webhook") == queue_limits{}));
}

BOOST_AUTO_TEST_CASE(removed_limits_no_longer_apply) {
  queue_limits_board board;
  board.read({{.queue = "email", .paused = true}}, 1);
  board.read({}, 1);
  BOOST_TEST((board.of("email") == queue_limits{}));
}

BOOST_AUTO_TEST_CASE(under_a_rate_no_more_is_prefetched_than_ten_seconds_take) {
  BOOST_TEST(prefetch_under(500, {}) == 500U);
  BOOST_TEST(prefetch_under(500, {.rate = 20}) == 200U);
  BOOST_TEST(prefetch_under(500, {.rate = 1'000}) == 500U);
  BOOST_TEST(prefetch_under(500, {.rate = 0.01}) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
