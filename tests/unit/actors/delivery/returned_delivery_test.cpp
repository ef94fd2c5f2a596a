#include "actors/delivery/returned_delivery.hpp"

#include "actors/delivery/outcome_resolution.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace std::chrono_literals;

namespace {

const wall_time now{1'700'000'000s};

decoded_delivery returned(std::uint32_t returns, std::uint32_t rounds = 0) {
  decoded_delivery d;
  d.what.queue = "webhook";
  d.key.tag = amqp::delivery_tag{1};
  d.returns = returns;
  d.rounds = rounds;
  return d;
}
decoded_delivery unrouted(std::uint32_t rounds) {
  auto d = returned(0, rounds);
  d.unrouted = true;
  d.problem = dead{dead_reason::dead_lettered, "no queue is bound"};
  d.source.routing_key = "notification.webhook";
  return d;
}
std::string rounds_in(const postgres::outbox_row& row) {
  for (const auto& [name, value] : row.headers)
    if (name == header::rounds) return value;
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(returned_deliveries)

BOOST_AUTO_TEST_CASE(a_delivery_that_was_returned_often_is_published_again_a_few_times) {
  BOOST_TEST(!next_round(returned(4), false, now));
  const auto row = next_round(returned(5, 2), false, now);
  BOOST_REQUIRE(row);
  BOOST_TEST(row->exchange == "");
  BOOST_TEST(row->routing_key == "webhook");
  BOOST_TEST(*row->due_at_us == to_us(now));
  BOOST_TEST(rounds_in(*row) == "3");
  BOOST_TEST(!next_round(returned(1'000, 3), false, now));
  BOOST_TEST(!next_round(returned(1'000), true, now));
}

BOOST_AUTO_TEST_CASE(an_unrouted_task_is_published_again_for_half_an_hour) {
  std::chrono::microseconds total{0};
  std::uint32_t rounds = 0;
  for (; auto row = next_round(unrouted(rounds), false, now); ++rounds) {
    BOOST_TEST(row->exchange == "millrace");
    BOOST_TEST(row->routing_key == "notification.webhook");
    BOOST_TEST(rounds_in(*row) == std::to_string(rounds + 1));
    total += std::chrono::microseconds{*row->due_at_us - to_us(now)};
    BOOST_REQUIRE(rounds < 100U);
  }
  BOOST_TEST((total > 25min && total < 35min));
}

BOOST_AUTO_TEST_CASE(a_broken_or_expired_delivery_is_not_published_again) {
  auto broken = returned(9);
  broken.problem = dead{dead_reason::malformed_payload, "x"};
  BOOST_TEST(!next_round(broken, false, now));
  auto expired = unrouted(0);
  expired.expired = true;
  BOOST_TEST(!next_round(expired, false, now));
}

BOOST_AUTO_TEST_SUITE_END()
