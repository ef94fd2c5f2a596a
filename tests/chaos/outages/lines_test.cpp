// Faults of the connections to database and broker, injected by the proxy.
#include "tests/chaos/outages/outage.hpp"

using namespace millrace::test;
using namespace std::chrono_literals;
using boost::unit_test::precondition;

BOOST_AUTO_TEST_SUITE(database_line)

BOOST_AUTO_TEST_CASE(a_commit_whose_reply_is_lost_happens_once) {
  outage o;
  o.database.lose_commit_reply(10, true);
  o.begin();
  BOOST_REQUIRE(wait_until([&] { return o.database.seen().cuts >= 10; }));
  o.database.heal();
  o.recover();
  BOOST_CHECK_GT(o.metric("millrace_database_failures_total", "in_doubt"), 0);
}

BOOST_AUTO_TEST_CASE(reset_connections_are_reopened) {
  outage o;
  o.begin();
  for (int round = 0; round < 5; ++round) {
    auto before = o.database.seen().accepted;
    o.database.reset_all();
    BOOST_REQUIRE(wait_until([&] { return o.database.seen().accepted > before; }));
    o.load_went_on(50);
  }
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_database_that_refuses_connections_is_waited_for, *precondition(in_long_mode)) {
  outage o;
  o.begin();
  o.database.refuse(true);
  o.database.reset_all();
  BOOST_REQUIRE(o.noticed());
  o.load_went_on(500);
  o.database.heal();
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_database_behind_a_black_hole_is_given_up_and_waited_for) {
  outage o;
  o.begin();
  o.database.set({.stalled = true});
  BOOST_REQUIRE(o.noticed());
  o.database.heal();
  o.recover();
}

BOOST_AUTO_TEST_CASE(one_byte_at_a_time_from_the_database_is_only_slow) {
  outage o;
  o.database.set({.slice = 1});
  o.begin(300);
  o.recover();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(broker_line)

BOOST_AUTO_TEST_CASE(one_byte_at_a_time_from_and_to_the_broker_is_only_slow) {
  outage o;
  o.amqp.set({.slice = 1});
  o.begin();
  o.recover();
}

BOOST_AUTO_TEST_CASE(connections_cut_behind_an_ack_lose_and_double_nothing, *precondition(in_long_mode)) {
  outage o;
  o.amqp.cut_after_client_ack(20, true);
  o.begin();
  BOOST_REQUIRE(wait_until([&] { return o.amqp.seen().cuts >= 5 || o.load_ended(); }));
  o.amqp.heal();
  o.recover();
}

BOOST_AUTO_TEST_CASE(acks_that_never_arrive_are_redelivered_and_absorbed) {
  outage o;
  o.amqp.cut_before_client_ack(20, true);
  o.begin();
  BOOST_REQUIRE(wait_until([&] { return o.amqp.seen().cuts >= 5 || o.load_ended(); }));
  o.amqp.heal();
  o.recover();
  BOOST_CHECK_GT(o.metric("millrace_redeliveries_deduplicated_total"), 0);
}

BOOST_AUTO_TEST_CASE(a_silent_broker_is_given_up_after_two_heartbeats_and_found_again) {
  outage o;
  o.begin();
  o.amqp.set({.stalled = true});
  BOOST_REQUIRE(o.noticed());
  o.load_went_on(300);
  o.amqp.heal();
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_corrupt_frame_ends_the_connection_and_nothing_else) {
  outage o;
  o.begin();
  auto before = o.amqp.seen().accepted;
  o.amqp.set(direction::to_client, {.corrupt_at = 0});
  BOOST_REQUIRE(wait_until([&] { return o.amqp.seen().accepted > before; }));
  o.amqp.heal();
  o.recover();
}

BOOST_AUTO_TEST_SUITE_END()
