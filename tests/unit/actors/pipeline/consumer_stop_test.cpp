// How a consumer pauses and drains.
#include "tests/unit/actors/pipeline/consumer_scene.hpp"

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;

BOOST_FIXTURE_TEST_SUITE(stopping_consumers, consumer_scene)

BOOST_AUTO_TEST_CASE(a_pause_cancels_and_closes_the_channel_once_all_is_settled) {
  start();
  deliver(2);
  limit({.paused = true});
  BOOST_TEST(broker->consumers() == 0U);
  BOOST_TEST(broker->channels() == 1U);
  deliver(1);
  commit({key(1)});
  BOOST_TEST(broker->channels() == 1U);
  commit({key(2)});
  BOOST_TEST(settlements() == "1 2");
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 1U);
  BOOST_TEST(keys().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_pause_returns_abandoned_deliveries_to_the_queue) {
  start();
  deliver(2);
  limit({.paused = true});
  send(abandoned{{key(1)}});
  BOOST_TEST(broker->channels() == 1U);
  commit({key(2)});
  BOOST_TEST(settlements() == "2");
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 1U);
}

BOOST_AUTO_TEST_CASE(a_pause_returns_deliveries_held_by_a_rate_limit) {
  start();
  limit({.rate = 1});
  deliver(3);
  limit({.paused = true, .rate = 1});
  commit({key(1, 2)});
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 2U);
}

BOOST_AUTO_TEST_CASE(deliveries_on_their_way_into_a_pause_are_not_executed) {
  start();
  publish(2);
  broker->run();
  limit({.paused = true});
  BOOST_TEST(keys().size() == 2U);  // they arrived before the pause
  incoming->busy();
  commit(keys());
  BOOST_TEST(broker->channels() == 0U);
  limit({});
  deliver(1);  // stays in the buffer
  limit({.paused = true});
  BOOST_TEST(broker->channels() == 1U);
  end_commit();
  BOOST_TEST(keys().size() == 2U);
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 1U);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_pause_opens_a_new_channel) {
  start();
  deliver(1);
  limit({.paused = true});
  limit({});
  BOOST_TEST(broker->subscriptions().size() == 2U);
  BOOST_TEST(broker->channels() == 1U);
  BOOST_REQUIRE(commits.size() == 2U);
  BOOST_TEST(commits[1][0].source.redelivered);
  commit({key(1, 1)});
  BOOST_TEST(settlements() == "");
  commit({key(1, 2)});
  BOOST_TEST(settlements() == "1");
}

BOOST_AUTO_TEST_CASE(a_paused_queue_stays_paused_when_its_consumer_is_restarted) {
  postgres::queue_control control;
  control.queue = "work";
  control.paused = true;
  shared->limits.read({control}, 1);
  start();
  deliver(1);
  BOOST_TEST(broker->subscriptions().empty());
  BOOST_TEST(ready());
  drain();
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(a_cancel_of_an_earlier_subscription_stops_nothing) {
  start();
  limit({.paused = true});
  limit({});
  send(consume_cancelled{1});
  send(actors::drain{peer});
  deliver(1);
  BOOST_TEST(drained == 1U);
  BOOST_TEST(broker->ready("work") == 1U);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_until_the_broker_has_cancelled) {
  start();
  caf::anon_send(consumer, actors::drain{peer});
  world.settle();
  BOOST_TEST(drains == 3U);
  BOOST_TEST(drained == 0U);
  caf::anon_send(consumer, consume_cancelled{0});  // of an earlier subscription
  world.settle();
  BOOST_TEST(drained == 0U);
  settle_all();
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(a_drain_forwards_what_is_buffered_and_ends_when_it_is_settled) {
  incoming->busy();
  start();
  deliver(2);
  drain();
  BOOST_TEST(keys().size() == 2U);
  BOOST_TEST(drained == 0U);
  commit({key(1)});
  BOOST_TEST(drained == 0U);
  commit({key(2)});
  BOOST_TEST(drained == 1U);
  BOOST_TEST(settlements() == "1 2");
  deliver(1);
  BOOST_TEST(keys().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_wait_for_abandoned_deliveries) {
  start();
  deliver(2);
  drain();
  send(abandoned{{key(1)}});
  BOOST_TEST(drained == 0U);
  send(abandoned{{key(2)}});
  BOOST_TEST(drained == 1U);
  BOOST_TEST(settlements() == "");
}

BOOST_AUTO_TEST_CASE(deliveries_abandoned_in_an_earlier_epoch_do_not_end_a_drain) {
  start();
  deliver(1);
  broker->lose_channels();
  settle_all();
  drain();
  send(abandoned{{key(1, 1)}});
  BOOST_TEST(drained == 0U);
  send(abandoned{{key(1, 2)}});
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(deliveries_abandoned_before_their_channel_was_lost_do_not_end_a_drain) {
  start();
  deliver(1);
  send(abandoned{{key(1, 1)}});
  broker->lose_channels();
  settle_all();
  drain();
  BOOST_TEST(drained == 0U);
  commit({key(1, 2)});
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(a_drain_is_answered_once) {
  start();
  drain();
  send(settled{});
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_deliveries_on_their_way) {
  start();
  std::optional<deliveries> late;
  incoming->add(amqp::channel_epoch{1}, std::vector<amqp::delivery>(1), [&](deliveries d) { late = std::move(d); });
  drain();
  BOOST_TEST(drained == 0U);
  BOOST_REQUIRE(late.has_value());
  late->epoch = amqp::channel_epoch{9};  // dropped on arrival
  send(std::move(*late));
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_effects_without_a_delivery) {
  start();
  const effect_key effect{"default", uuid::v7(std::chrono::system_clock::now())};
  auto running = shared->in_flight.register_delivery(effect, "work", nullptr);
  shared->in_flight.start(effect);
  drain();
  BOOST_TEST(drained == 0U);
  shared->in_flight.remove(effect);
  running = nullptr;
  send(settled{});  // as the committer sends it after an effect's end
  BOOST_TEST(drained == 1U);
}

BOOST_AUTO_TEST_CASE(a_channel_lost_while_draining_ends_the_drain) {
  start();
  deliver(1);
  drain();
  BOOST_TEST(drained == 0U);
  broker->lose_channels();
  settle_all();
  BOOST_TEST(drained == 1U);
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 1U);
}

BOOST_AUTO_TEST_CASE(a_drained_consumer_ignores_limits) {
  start();
  drain();
  limit({.rate = 7});
  limit({.paused = true});
  limit({});
  deliver(1);
  BOOST_TEST(limits.size() == 1U);
  BOOST_TEST(broker->subscriptions().size() == 1U);
  BOOST_TEST(keys().empty());
}

BOOST_AUTO_TEST_SUITE_END()
