#include "connectors/amqp/backoff.hpp"
#include "connectors/amqp/wire/heartbeat.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timing)

BOOST_AUTO_TEST_CASE(heartbeats_are_due_after_half_and_death_after_twice_the_interval) {
  heartbeat beat;
  beat.start(1'000ms, 0ms);
  beat.tick(250ms, false);
  BOOST_TEST(!beat.due(499ms));
  BOOST_TEST(beat.due(500ms));
  beat.sent(500ms);
  BOOST_TEST(!beat.due(999ms));
  for (auto t = 500ms; t <= 2'000ms; t += 250ms) beat.tick(t, false);
  BOOST_TEST(!beat.peer_dead(2'000ms));
  BOOST_TEST(beat.peer_dead(2'001ms));
  beat.received(2'001ms);
  BOOST_TEST(!beat.peer_dead(4'001ms));
}

BOOST_AUTO_TEST_CASE(deafness_and_a_stall_of_our_own_are_not_the_peer_s_death) {
  heartbeat beat;
  beat.start(1'000ms, 0ms);
  for (auto t = 250ms; t <= 5'000ms; t += 250ms) beat.tick(t, true);
  BOOST_TEST(!beat.peer_dead(5'000ms));
  beat.tick(60'000ms, false);
  BOOST_TEST(!beat.peer_dead(60'000ms));
  heartbeat off;
  off.start(0ms, 0ms);
  BOOST_TEST(!off.due(1'000'000ms));
  BOOST_TEST(!off.peer_dead(1'000'000ms));
}

BOOST_AUTO_TEST_CASE(back_off_is_jittered_between_its_bounds_and_grows) {
  backoff wait(100ms, 30'000ms, 1);
  BOOST_TEST((wait.next() <= 200ms));
  auto most = 0ms, least = 1'000'000ms;
  for (int i = 0; i < 1'000; ++i) {
    auto next = wait.next();
    most = std::max(most, next);
    least = std::min(least, next);
  }
  BOOST_TEST((least >= 100ms));
  BOOST_TEST((most <= 30'000ms));
  BOOST_TEST((most > 25'000ms));
  BOOST_TEST((least < 5'000ms));
  wait.reset();
  BOOST_TEST((wait.next() <= 200ms));
}

BOOST_AUTO_TEST_SUITE_END()
