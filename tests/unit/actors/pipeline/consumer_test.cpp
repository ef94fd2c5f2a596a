#include "tests/unit/actors/pipeline/consumer_scene.hpp"

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(consumers, consumer_scene)

BOOST_AUTO_TEST_CASE(a_read_becomes_one_message_and_nothing_is_acknowledged_before_the_commit) {
  start();
  deliver(3);
  BOOST_REQUIRE(commits.size() == 1U);
  BOOST_TEST(commits[0].size() == 3U);
  BOOST_TEST(commits[0][2].what.original_id == "task-3");
  BOOST_TEST(settlements() == "");
  BOOST_TEST(broker->unsettled() == 3U);
  BOOST_TEST(ready());
}

BOOST_AUTO_TEST_CASE(no_more_than_the_prefetch_is_in_flight) {
  start(2);
  deliver(5);
  BOOST_TEST(keys().size() == 2U);
  BOOST_TEST(broker->ready("work") == 3U);
  commit({key(1)});
  BOOST_TEST(keys().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_settled_prefix_is_acknowledged_as_one_and_a_task_behind_a_gap_alone) {
  start();
  deliver(5);
  commit({key(1), key(2), key(4)});
  BOOST_TEST(settlements() == "2* 4");
  BOOST_TEST(broker->unsettled() == 2U);
  commit({key(3), key(5)});
  BOOST_TEST(settlements() == "2* 4 5*");
  BOOST_TEST(broker->unsettled() == 0U);
}

BOOST_AUTO_TEST_CASE(a_delivery_settled_twice_or_never_received_is_acknowledged_once_or_never) {
  start();
  deliver(2);
  commit({key(1), key(1)});
  commit({key(1), key(9)});
  BOOST_TEST(settlements() == "1");
  BOOST_TEST(broker->unsettled() == 1U);
}

BOOST_AUTO_TEST_CASE(a_second_delivery_of_a_task_is_passed_on_and_settled_by_its_own_tag) {
  start();
  deliver(1);
  published = 0;
  deliver(1);
  BOOST_REQUIRE(commits.size() == 2U);
  BOOST_TEST((commits[0][0].what.id == commits[1][0].what.id));
  commit({key(2)});
  BOOST_TEST(settlements() == "2");
  BOOST_TEST(broker->unsettled() == 1U);
}

BOOST_AUTO_TEST_CASE(rejected_deliveries_are_dead_lettered_and_not_acknowledged) {
  start();
  deliver(3);
  send(settled{{key(1), key(3)}, {key(2)}});
  BOOST_TEST(settlements() == "2! 3*");
  BOOST_TEST(broker->dead_lettered() == 1U);
  BOOST_TEST(broker->ready("work") == 0U);
  BOOST_TEST(broker->unsettled() == 0U);
}

BOOST_AUTO_TEST_CASE(deliveries_are_held_while_the_committer_is_busy_and_keep_their_order) {
  incoming->busy();
  start();
  deliver(1);
  deliver(2);
  BOOST_TEST(commits.empty());
  end_commit();
  BOOST_REQUIRE(commits.size() == 1U);
  BOOST_TEST((keys() == std::vector{key(1), key(2), key(3)}));
}

BOOST_AUTO_TEST_CASE(a_lost_channel_invalidates_its_settlements_and_brings_its_deliveries_back) {
  start();
  deliver(3);
  commit({key(1)});
  broker->lose_channels("cable pulled");
  world.settle();
  BOOST_TEST(!ready());
  BOOST_TEST(shared->health.components()["queue work"].reason == "cable pulled");
  settle_all();
  BOOST_TEST(ready());
  BOOST_REQUIRE(commits.size() == 2U);
  BOOST_TEST(commits[1][0].what.original_id == "task-2");
  BOOST_TEST(commits[1][0].source.redelivered);
  send(settled{{key(2), key(3)}, {key(2)}});
  BOOST_TEST(settlements() == "1");
  commit({key(1, 2), key(2, 2)});
  BOOST_TEST(settlements() == "1 2*");
  BOOST_TEST(broker->unsettled() == 0U);
}

BOOST_AUTO_TEST_CASE(deliveries_of_a_lost_channel_that_are_on_their_way_are_dropped) {
  start();
  std::optional<deliveries> late;
  incoming->add(amqp::channel_epoch{1}, std::vector<amqp::delivery>(2), [&](deliveries d) { late = std::move(d); });
  BOOST_REQUIRE(late.has_value());
  broker->lose_channels();
  settle_all();
  send(std::move(*late));
  BOOST_TEST(commits.empty());
  BOOST_TEST(incoming->empty());
}

BOOST_AUTO_TEST_CASE(settlements_without_a_channel_are_dropped) {
  start();
  deliver(1);
  broker->set_connected(false);
  settle_all();
  commit({key(1)});
  BOOST_TEST(settlements() == "");
  BOOST_TEST(broker->ready("work") == 1U);
}

BOOST_AUTO_TEST_CASE(suspected_tasks_go_to_the_isolated_executor_and_the_others_to_the_committer) {
  start();
  deliver(1);
  auto suspect = commits[0][0].what;
  shared->quarantined.replace({{suspect.tenant, suspect.id}});
  published = 0;
  deliver(2);
  BOOST_REQUIRE(isolated.size() == 1U);
  BOOST_TEST((isolated[0].delivery.what.id == suspect.id));
  BOOST_TEST((isolated[0].consumer == consumer));
  BOOST_TEST((keys() == std::vector{key(1), key(3)}));
}

BOOST_AUTO_TEST_CASE(a_rate_limit_holds_deliveries_and_releases_them_in_time) {
  start();
  limit({.rate = 2});
  deliver(4);
  BOOST_TEST(keys().size() == 1U);  // the bucket holds one token
  world.advance(499ms);
  BOOST_TEST(keys().size() == 1U);
  world.advance(1ms);
  BOOST_TEST(keys().size() == 2U);
  world.advance(500ms);
  world.advance(500ms);
  BOOST_TEST((keys() == std::vector{key(1, 2), key(2, 2), key(3, 2), key(4, 2)}));
  BOOST_TEST(settlements() == "");
}

BOOST_AUTO_TEST_CASE(a_rate_limit_shrinks_the_prefetch_to_ten_seconds_and_a_new_channel_ends_the_old_timers) {
  start(500);
  limit({.rate = 2});
  BOOST_TEST(broker->subscriptions().back().prefetch == 20U);
  deliver(3);
  limit({});
  BOOST_TEST(broker->subscriptions().back().prefetch == 500U);
  BOOST_TEST(broker->channels() == 1U);
  BOOST_REQUIRE(commits.size() == 2U);
  BOOST_TEST(commits[1].size() == 3U);
  world.advance(10s);
  BOOST_TEST(commits.size() == 2U);
}

BOOST_AUTO_TEST_CASE(deliveries_held_by_a_rate_limit_are_forgotten_with_their_channel) {
  start();
  limit({.rate = 1});
  deliver(2);
  broker->set_connected(false);
  settle_all();
  world.advance(10s);
  BOOST_TEST(keys().size() == 1U);
  broker->set_connected(true);
  settle_all();
  BOOST_TEST(commits.back()[0].what.original_id == "task-1");
}

BOOST_AUTO_TEST_CASE(limits_reach_the_effect_executor_once_per_change) {
  start();
  limit({.concurrency = 3});
  limit({.concurrency = 3});
  BOOST_REQUIRE(limits.size() == 2U);  // the first at start
  BOOST_TEST(limits[1].concurrency == 3U);
  BOOST_TEST(broker->subscriptions().size() == 1U);  // a concurrency does not concern the channel
}

BOOST_AUTO_TEST_CASE(without_a_broker_link_it_fails_and_is_not_ready) {
  shared->directory.put_broker(nullptr);
  start();
  BOOST_TEST(limits.empty());
  BOOST_TEST(broker->subscriptions().empty());
}

BOOST_AUTO_TEST_SUITE_END()
