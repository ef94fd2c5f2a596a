// A whole client against a broker that follows a script, for what a real broker cannot be made to do on demand.
#include "connectors/amqp/wire/method_id.hpp"
#include "tests/unit/connectors/amqp/broker_client.hpp"
#include "tests/unit/connectors/amqp/scripted_broker.hpp"

using namespace millrace::amqp;
using namespace millrace::amqp::test;
using namespace std::chrono_literals;

namespace {

struct loop_fixture {
  driven_loop loop;
  kept_subscription kept;
};

void confirm_one(broker_side& side, std::uint16_t channel, std::uint32_t kind, std::uint64_t tag, bool multiple) {
  side.method(channel, kind, [&](byte_writer& w) { w.u64(tag), w.u8(multiple ? 1 : 0); });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(conversations, loop_fixture)

BOOST_AUTO_TEST_CASE(bytes_that_come_one_by_one_make_the_same_messages) {
  std::string body(9'000, 'b');
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    auto channel = side.accept_consumer();
    std::string raw;
    append_frame(raw, frame_kind::method, channel, [&](byte_writer& w) {
      w.u32(id::basic_deliver), w.short_string("tag"), w.u64(1), w.u8(0), w.short_string("ex"), w.short_string("key");
    });
    append_frame(raw, frame_kind::header, channel,
                 [&](byte_writer& w) { w.u16(id::basic_class), w.u16(0), w.u64(6), w.u16(0); });
    append_frame(raw, frame_kind::body, channel, [&](byte_writer& w) { w.bytes("abc"); });
    append_heartbeat(raw);
    append_frame(raw, frame_kind::body, channel, [&](byte_writer& w) { w.bytes("def"); });
    for (char c : raw) side.write({&c, 1});
    side.deliver(channel, 2, body);
    side.wait_for_end();
  });
  broker_client client(loop, broker.options());
  client.wait_up();
  client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 2; }));
  BOOST_TEST(kept.deliveries[0].message.body == "abcdef");
  BOOST_TEST(kept.deliveries[0].message.exchange == "ex");
  BOOST_TEST((kept.deliveries[1].message.body == body));
  BOOST_TEST(client.downs.empty());
}

BOOST_AUTO_TEST_CASE(while_blocked_nothing_can_be_published) {
  std::atomic<bool> unblock{false};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    side.method(0, id::connection_blocked, [](byte_writer& w) { w.short_string("low on memory"); });
    while (!unblock) std::this_thread::yield();
    side.method(0, id::connection_unblocked);
    side.wait_for_end();
  });
  broker_client client(loop, broker.options());
  BOOST_REQUIRE(loop.run_until([&] { return client.blocks.size() == 1; }));
  BOOST_TEST(client->blocked());
  BOOST_TEST(client->connected());
  BOOST_TEST(client->publish_capacity() == 0U);
  BOOST_TEST(!client->publish({"", "q", {}, "x"}, {}));
  unblock = true;
  BOOST_REQUIRE(loop.run_until([&] { return client.blocks.size() == 2; }));
  BOOST_TEST(client->publish_capacity() == 1'000U);
  BOOST_TEST(client->publish({"", "q", {}, "x"}, {}));
}

BOOST_AUTO_TEST_CASE(a_block_ends_with_its_connection) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    side.method(0, id::connection_blocked, [](byte_writer& w) { w.short_string("low on disk"); });
  });
  broker_client client(loop, broker.options());
  BOOST_REQUIRE(loop.run_until([&] { return client.blocks.size() >= 2; }));
  BOOST_TEST(client.blocks[0]);
  BOOST_TEST(!client.blocks[1]);
}

BOOST_AUTO_TEST_CASE(confirms_may_be_multiple_or_negative) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto channel = side.accept_publisher();
    side.wait_for(id::basic_publish);
    confirm_one(side, channel, id::basic_ack, 1, false);  // opens the window
    for (int i = 0; i < 4; ++i) side.wait_for(id::basic_publish);
    confirm_one(side, channel, id::basic_ack, 2, true);
    confirm_one(side, channel, id::basic_nack, 3, false);
    confirm_one(side, channel, id::basic_ack, 5, false);
    side.wait_for(id::basic_publish);
  });
  auto options = broker.options();
  options.confirm_window = 5;
  broker_client client(loop, options);
  client.wait_up();
  std::vector<confirm> answers(5, confirm::returned);
  std::size_t answered = 0;
  for (std::size_t i = 0; i < 5; ++i)
    BOOST_TEST(client->publish({"", "q", {}, "x"}, [&, i](confirm what, const std::string&) {
      answers[i] = what;
      ++answered;
    }));
  BOOST_TEST(client->publish_capacity() == 0U);
  BOOST_TEST(!client->publish({"", "q", {}, "x"}, {}));
  BOOST_REQUIRE(loop.run_until([&] { return answered == 4; }));
  BOOST_TEST(client->publish_capacity() == 4U);
  client->publish({"", "q", {}, "x"}, {});
  BOOST_REQUIRE(loop.run_until([&] { return answered == 5; }));
  using enum confirm;
  BOOST_TEST((answers == std::vector{accepted, accepted, refused, unknown, accepted}));
}

BOOST_AUTO_TEST_CASE(a_consumer_that_the_broker_cancels_comes_back_on_a_new_channel) {
  std::atomic<int> first{0}, second{0};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    first = side.accept_consumer();
    side.deliver(static_cast<std::uint16_t>(first), 1, "lost");
    side.method(static_cast<std::uint16_t>(first), id::basic_cancel, [](byte_writer& w) { w.short_string("tag"), w.u8(1); });
    side.wait_for(id::channel_close);
    second = side.accept_consumer();  // before close-ok: the old number is not free yet
    side.method(static_cast<std::uint16_t>(first), id::channel_close_ok);
    side.deliver(static_cast<std::uint16_t>(second), 1, "kept");
    side.wait_for_end();
  });
  broker_client client(loop, broker.options());
  client.wait_up();
  client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.epochs.size() == 2 && kept.deliveries.size() >= 1; }));
  BOOST_TEST(first != second);
  BOOST_TEST(kept.interruptions.size() == 1U);
  BOOST_TEST(kept.deliveries.back().message.body == "kept");
  BOOST_TEST((kept.deliveries.back().epoch == kept.epochs[1]));
  BOOST_TEST(client.downs.empty());
}

BOOST_AUTO_TEST_CASE(settlements_of_an_epoch_that_is_over_are_not_sent) {
  std::atomic<std::uint64_t> acked{0};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    auto channel = side.accept_consumer();
    side.deliver(channel, 1, "a");
    auto got = side.wait_for(id::basic_ack);
    acked = byte_reader(got.payload).u64();
    side.method(channel, id::channel_close, [](byte_writer& w) { w.u16(406), w.short_string("gone"), w.u32(0); });
    side.wait_for(id::channel_close_ok);
    channel = side.accept_consumer();
    side.deliver(channel, 7, "b");
    got = side.wait_for(id::basic_ack);
    acked = byte_reader(got.payload).u64();
    side.wait_for_end();
  });
  broker_client client(loop, broker.options());
  client.wait_up();
  auto subscription = client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  client->ack(subscription, kept.deliveries[0].epoch, kept.deliveries[0].message.tag, true);
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 2; }));
  client->ack(subscription, kept.deliveries[0].epoch, delivery_tag{3}, true);
  client->reject(subscription, kept.deliveries[0].epoch, delivery_tag{4}, true);
  client->ack(subscription, kept.deliveries[1].epoch, kept.deliveries[1].message.tag, false);
  BOOST_REQUIRE(loop.run_until([&] { return acked == 7; }));
}

BOOST_AUTO_TEST_CASE(callbacks_may_unsubscribe_and_stop) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    auto channel = side.accept_consumer();
    side.deliver(channel, 1, "a");
    side.wait_for(id::channel_close);
    side.method(channel, id::channel_close_ok);
    side.wait_for(id::connection_close);
    side.method(0, id::connection_close_ok);
  });
  broker_client client(loop, broker.options());
  client.wait_up();
  subscription_id subscription{};
  bool stopped = false;
  subscription_events events;
  events.deliveries = [&](channel_epoch, std::vector<delivery>) {
    client->unsubscribe(subscription);
    client->stop(1s, [&] { stopped = true; });
  };
  events.interrupted = [](channel_epoch, const std::string& why) { BOOST_ERROR("reported after unsubscribing: " + why); };
  subscription = client->subscribe({"q", 10}, events);
  BOOST_TEST(loop.run_until([&] { return stopped; }));
  client.held.reset();
}

BOOST_AUTO_TEST_CASE(a_broker_that_does_not_answer_close_is_left_after_the_grace) {
  scripted_broker broker([](broker_side& side) {
    side.shake_hands();
    side.accept_publisher();
    side.wait_for_end();
  });
  broker_client client(loop, broker.options());
  client.wait_up();
  bool stopped = false;
  client->stop(50ms, [&] { stopped = true; });
  BOOST_TEST(loop.run_until([&] { return stopped; }));
  client.held.reset();
}

BOOST_AUTO_TEST_SUITE_END()
