#include "tests/unit/actors/pipeline/committer_scene.hpp"

using namespace millrace;
using namespace millrace::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(committers, committing)

BOOST_AUTO_TEST_CASE(nothing_is_settled_before_the_commit) {
  deliver(2);
  BOOST_TEST(tags() == "1 2");
  BOOST_TEST(settlements == 0U);
  succeed();
  BOOST_TEST(acknowledged_tags() == "1 2");
  BOOST_TEST(units.empty());
}

BOOST_AUTO_TEST_CASE(deliveries_that_arrive_during_a_transaction_form_the_next_one) {
  deliver(1);
  deliver(1);
  deliver(2);
  BOOST_TEST(units.size() == 1U);
  succeed();
  BOOST_TEST(tags() == "2 3 4");
}

BOOST_AUTO_TEST_CASE(the_buffer_is_held_during_a_transaction_and_released_after_it) {
  deliver(1);
  incoming->add(amqp::channel_epoch{1}, std::vector<amqp::delivery>(3),
                [](auto&&) { BOOST_ERROR("the committer is busy"); });
  BOOST_TEST(buffered == 0U);
  succeed();
  BOOST_TEST(buffered == 3U);
}

BOOST_AUTO_TEST_CASE(two_deliveries_of_one_task_never_share_a_transaction) {
  auto first = delivery();
  auto second = first;
  second.key.tag = amqp::delivery_tag{7};
  deliver({first, second});
  BOOST_TEST(tags() == "1");
  succeed();
  BOOST_TEST(tags() == "7");
  commit_result duplicate;
  duplicate.duplicates = {0};
  duplicate.found_recorded = true;
  succeed(duplicate);
  BOOST_TEST(acknowledged_tags() == "1 7");
  deliver(1);
  BOOST_TEST(plan().expects_recorded);
}

BOOST_AUTO_TEST_CASE(an_oversized_delivery_is_rejected) {
  auto large = delivery();
  large.source.oversized = true;
  deliver({large});
  succeed();
  BOOST_TEST(acknowledged.empty());
  BOOST_TEST(rejected.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_claimed_effect_starts_after_the_commit_and_keeps_its_delivery) {
  deliver({delivery("mail")});
  BOOST_TEST(effects.empty());
  succeed(claimed_effect(3));
  BOOST_REQUIRE(effects.size() == 1U);
  BOOST_TEST(effects[0].claim == 17);
  BOOST_TEST(effects[0].delivery.what.attempt == 3U);
  BOOST_TEST(settlements == 0U);
  send(effect_ended{effects[0].delivery.what, 17, succeeded{}, 1ms, {effects[0].delivery.key}, {}});
  BOOST_TEST(units.size() == 1U);
  BOOST_TEST(settlements == 0U);
  succeed();
  BOOST_TEST(acknowledged_tags() == "1");
}

// The pool itself repeats transactions of the classes retry, in_doubt and pause. If it gives up, nothing is settled.
BOOST_AUTO_TEST_CASE(a_task_that_another_node_executes_is_recorded_again_at_growing_intervals) {
  deliver(1);
  succeed(executed_elsewhere());
  for (auto pause : {10ms, 20ms, 40ms, 80ms, 100ms, 100ms}) {
    world.advance(pause - 1ms);
    BOOST_TEST(units.empty());
    world.advance(1ms);
    BOOST_TEST(tags() == "1");
    succeed(executed_elsewhere());
  }
  BOOST_TEST(settlements == 0U);
  world.advance(100ms);
  succeed();
  BOOST_TEST(acknowledged_tags() == "1");
}

BOOST_AUTO_TEST_CASE(blocked_deliveries_of_a_lost_channel_are_dropped) {
  deliver(1);
  succeed(executed_elsewhere());
  deliver({delivery("money", 2)});
  succeed();
  world.advance(100ms);
  BOOST_TEST(units.empty());
  BOOST_TEST(acknowledged_tags() == "2");
}

BOOST_AUTO_TEST_CASE(a_drain_abandons_blocked_deliveries_before_and_after_it) {
  deliver(1);
  succeed(executed_elsewhere());
  deliver(1);
  send(drain{peer});
  BOOST_TEST(abandoned.size() == 1U);
  succeed(executed_elsewhere());
  BOOST_TEST(abandoned.size() == 2U);
  world.advance(1s);
  BOOST_TEST(units.empty());
  BOOST_TEST(settlements == 0U);
}

BOOST_AUTO_TEST_CASE(outbox_rows_wake_the_relay) {
  deliver(1);
  commit_result rows;
  rows.next_due = std::chrono::system_clock::now();
  succeed(rows);
  BOOST_TEST(due == 1U);
}

BOOST_AUTO_TEST_CASE(a_successor_records_again_the_effects_that_were_claimed) {
  deliver({delivery("mail")});
  succeed(claimed_effect(1));
  start();
  BOOST_REQUIRE(units.size() == 1U);
  auto* again = delivery_in(plan().items->front());
  BOOST_TEST(again->claimed_before);
  BOOST_TEST(!again->key);
}

BOOST_AUTO_TEST_SUITE_END()
