#include "tests/unit/connectors/amqp/broker_client.hpp"

#include <set>

using namespace millrace::amqp;
using namespace millrace::amqp::test;

namespace {

struct queue_fixture {
  millrace::test::test_vhost vhost;
  driven_loop loop;
  broker_client broker{loop, options_for(vhost.url()), queue_named("q")};
  kept_subscription kept;

  queue_fixture() { broker.wait_up(); }
  void expect_deliveries(std::size_t count) {
    BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() >= count; }));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(consume_and_publish, queue_fixture)

BOOST_AUTO_TEST_CASE(a_message_arrives_with_all_its_properties) {
  properties sent;
  sent.content_type = "application/json";
  sent.content_encoding = "identity";
  sent.headers = {{"tenant", field_value{std::string("acme")}}, {"n", field_value{std::int64_t{1} << 40}}};
  sent.priority = 3;
  sent.correlation_id = "c";
  sent.reply_to = "answers";
  sent.expiration = "600000";
  sent.message_id = "m";
  sent.time = timestamp{1'700'000'000};
  sent.type = "a.type";
  sent.user_id = "guest";
  sent.app_id = "test";
  BOOST_TEST((broker.publish("q", "hello", sent).first == confirm::accepted));
  broker->subscribe({"q", 10}, kept.events());
  expect_deliveries(1);
  auto& got = kept.deliveries[0].message;
  BOOST_TEST(got.body == "hello");
  BOOST_TEST(got.body_size == 5U);
  BOOST_TEST(got.routing_key == "q");
  BOOST_TEST(!got.redelivered);
  auto props = decode_properties(got.raw_properties).value();
  BOOST_TEST(props.type == "a.type");
  BOOST_TEST((props.headers == sent.headers));
  BOOST_TEST((props.time == sent.time));
  BOOST_TEST(int{props.priority.value()} == 3);
  BOOST_TEST(props.expiration == "600000");
  BOOST_TEST(props.user_id == "guest");
}

BOOST_AUTO_TEST_CASE(ten_thousand_messages_arrive_once_in_order_and_are_gone_when_acked) {
  constexpr std::size_t count = 10'000;
  std::size_t published = 0, accepted = 0;
  auto publish_more = [&] {
    for (; published < count && broker->publish_capacity() > 0; ++published) {
      auto body = std::to_string(published);
      broker->publish({"", "q", {}, body}, [&](confirm what, const std::string&) { accepted += what == confirm::accepted; });
    }
    return accepted == count;
  };
  std::size_t next = 0;
  subscription_id id{};
  subscription_events events;
  events.deliveries = [&](channel_epoch epoch, std::vector<delivery> batch) {
    for (auto& each : batch) BOOST_REQUIRE_EQUAL(each.body, std::to_string(next++));
    broker->ack(id, epoch, batch.back().tag, true);
  };
  id = broker->subscribe({"q", 500}, events);
  BOOST_REQUIRE(loop.run_until([&] { return publish_more() && next == count; }));
  broker->unsubscribe(id);
  broker->subscribe({"q", 500}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return !kept.epochs.empty(); }));
  BOOST_TEST((broker.publish("q", "last").first == confirm::accepted));
  expect_deliveries(1);
  BOOST_TEST(kept.deliveries[0].message.body == "last");
}

BOOST_AUTO_TEST_CASE(unsubscribing_gives_unsettled_messages_back) {
  broker.publish("q", "one");
  auto id = broker->subscribe({"q", 10}, kept.events());
  expect_deliveries(1);
  broker->unsubscribe(id);
  kept_subscription second;
  broker->subscribe({"q", 10}, second.events());
  BOOST_REQUIRE(loop.run_until([&] { return second.deliveries.size() == 1; }));
  BOOST_TEST(second.deliveries[0].message.redelivered);
  BOOST_TEST((second.deliveries[0].epoch != kept.deliveries[0].epoch));
}

BOOST_AUTO_TEST_CASE(cancelling_keeps_the_channel_for_settling) {
  broker.publish("q", "one");
  auto id = broker->subscribe({"q", 10}, kept.events());
  expect_deliveries(1);
  broker->cancel(id);
  kept_subscription second;
  broker->subscribe({"q", 10}, second.events());
  BOOST_REQUIRE(loop.run_until([&] { return !second.epochs.empty(); }));
  BOOST_TEST((broker.publish("q", "two").first == confirm::accepted));
  BOOST_REQUIRE(loop.run_until([&] { return second.deliveries.size() == 1; }));
  BOOST_TEST(second.deliveries[0].message.body == "two");
  broker->ack(id, kept.deliveries[0].epoch, kept.deliveries[0].message.tag, false);
  broker->unsubscribe(id);
  kept_subscription third;
  broker->subscribe({"q", 10}, third.events());
  BOOST_REQUIRE(loop.run_until([&] { return !third.epochs.empty(); }));
  broker.publish("q", "three");
  BOOST_REQUIRE(loop.run_until([&] { return second.deliveries.size() + third.deliveries.size() == 2; }));
  BOOST_TEST(kept.deliveries.size() == 1U);
  BOOST_TEST(kept.interruptions.empty());
}

BOOST_AUTO_TEST_CASE(a_rejected_message_comes_again_if_asked) {
  broker.publish("q", "one");
  auto id = broker->subscribe({"q", 1}, kept.events());
  expect_deliveries(1);
  broker->reject(id, kept.deliveries[0].epoch, kept.deliveries[0].message.tag, true);
  expect_deliveries(2);
  BOOST_TEST(kept.deliveries[1].message.redelivered);
  broker.publish("q", "two");
  broker->reject(id, kept.deliveries[1].epoch, kept.deliveries[1].message.tag, false);
  expect_deliveries(3);
  BOOST_TEST(kept.deliveries[2].message.body == "two");
}

BOOST_AUTO_TEST_CASE(prefetch_bounds_deliveries_in_flight) {
  for (int i = 0; i < 5; ++i) broker.publish("q", "x");
  auto id = broker->subscribe({"q", 2}, kept.events());
  expect_deliveries(2);
  broker->ack(id, kept.deliveries[0].epoch, kept.deliveries[0].message.tag, false);
  expect_deliveries(3);
  BOOST_TEST(kept.deliveries.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
