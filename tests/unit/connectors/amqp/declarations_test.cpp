// Each exchange and queue is declared for itself: one that fails affects itself alone.
#include "connectors/amqp/wire/method_id.hpp"
#include "tests/unit/connectors/amqp/broker_client.hpp"
#include "tests/unit/connectors/amqp/scripted_broker.hpp"

#include <map>

using namespace millrace::amqp;
using namespace millrace::amqp::test;
using namespace std::chrono_literals;

namespace {

struct declared {
  std::uint16_t channel = 0;
  std::string name;
  bool passive = false;
};

declared read_declaration(const broker_side::got& got) {
  byte_reader in(got.payload);
  in.u16();
  declared made{got.channel, std::string(in.short_string()), false};
  made.passive = (in.u8() & 1) != 0;
  return made;
}

declared next_queue(broker_side& side) { return read_declaration(side.wait_for(id::queue_declare)); }

/// Reads `count` declarations of queues, which are sent without waiting for answers.
std::map<std::string, declared> next_queues(broker_side& side, int count) {
  std::map<std::string, declared> all;
  for (int i = 0; i < count; ++i) {
    auto each = next_queue(side);
    all[each.name] = each;
  }
  return all;
}

void accept(broker_side& side, const declared& what) {
  side.method(what.channel, id::queue_declare_ok, [&](byte_writer& w) { w.short_string(what.name), w.u32(3), w.u32(0); });
}

void refuse(broker_side& side, std::uint16_t channel, std::uint16_t code, std::string_view text) {
  side.method(channel, id::channel_close, [&](byte_writer& w) { w.u16(code), w.short_string(text), w.u32(0); });
  side.wait_for(id::channel_close_ok);
}

topology queues(std::initializer_list<const char*> names) {
  topology made;
  for (const auto* name : names) made.queues.push_back({name, {}});
  return made;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct declarations_fixture {
  driven_loop loop;
  kept_subscription kept, other;

  static client_options patient(client_options o) {
    o.declare_retry_min = 1ms;
    o.declare_retry_max = 20ms;
    return o;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(declarations_of_a_client, declarations_fixture)

BOOST_AUTO_TEST_CASE(a_refused_queue_leaves_the_others_running_and_is_consumed_once_it_can_be_declared) {
  std::atomic<bool> allowed{false}, apart{false}, only_bad{true};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto all = next_queues(side, 2);
    apart = all["good"].channel != all["bad"].channel;
    side.accept_publisher();
    accept(side, all["good"]);
    auto consumer = side.accept_consumer();
    refuse(side, all["bad"].channel, 406, "PRECONDITION_FAILED - inequivalent arg 'x-max-priority'");
    side.deliver(consumer, 1, "to good");
    declared bad;
    for (bad = next_queue(side); !allowed; bad = next_queue(side)) {
      only_bad = only_bad && bad.name == "bad";
      refuse(side, bad.channel, 406, "PRECONDITION_FAILED - inequivalent arg 'x-max-priority'");
    }
    accept(side, bad);
    side.deliver(side.accept_consumer(), 1, "to bad");
    side.wait_for_end();
  });
  broker_client client(loop, patient(broker.options()), queues({"bad", "good"}));
  client->subscribe({"bad", 10}, kept.events());
  client->subscribe({"good", 10}, other.events());
  BOOST_REQUIRE(loop.run_until([&] { return other.deliveries.size() == 1 && client.ups == 1; }));
  BOOST_TEST(client.downs.empty());
  BOOST_TEST(kept.epochs.empty());
  BOOST_REQUIRE(!kept.interruptions.empty());
  BOOST_TEST(contains(kept.interruptions[0], "cannot declare queue 'bad': PRECONDITION_FAILED"), kept.interruptions[0]);
  BOOST_TEST(client.failed("bad") == 406);
  BOOST_TEST(client.failed("good") == 0);
  allowed = true;
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  BOOST_TEST(client.failed("bad") == 0);
  BOOST_TEST(kept.interruptions.size() == 1U);
  BOOST_TEST(other.interruptions.empty());
  BOOST_TEST(apart);
  BOOST_TEST(only_bad);
}

BOOST_AUTO_TEST_CASE(a_declaration_without_an_answer_holds_up_nothing_else) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto all = next_queues(side, 2);
    side.accept_publisher();
    accept(side, all["good"]);
    side.deliver(side.accept_consumer(), 1, "to good");
    side.wait_for_end();
  });
  broker_client client(loop, patient(broker.options()), queues({"silent", "good"}));
  client->subscribe({"good", 10}, other.events());
  BOOST_REQUIRE(loop.run_until([&] { return other.deliveries.size() == 1; }));
  client.wait_up();
}

BOOST_AUTO_TEST_CASE(without_permission_to_declare_an_existing_queue_is_checked_passively_and_consumed) {
  std::atomic<bool> first_passive{true}, second_passive{false};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto first = next_queue(side);
    first_passive = first.passive;
    side.accept_publisher();
    refuse(side, first.channel, 403, "ACCESS_REFUSED - configure access to queue 'q' refused");
    auto second = next_queue(side);
    second_passive = second.passive;
    accept(side, second);
    side.deliver(side.accept_consumer(), 1, "x");
    side.wait_for_end();
  });
  broker_client client(loop, patient(broker.options()), queues({"q"}));
  client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  BOOST_TEST(!first_passive);
  BOOST_TEST(second_passive);
  BOOST_TEST(kept.interruptions.empty());
  client.wait_up();
  BOOST_TEST(client.failed("q") == 0);
  BOOST_TEST(contains(client.results["q"].unchecked, "ACCESS_REFUSED"));
}

BOOST_AUTO_TEST_CASE(a_refused_exchange_or_binding_keeps_neither_other_bindings_nor_the_consumer_waiting) {
  std::atomic<int> bound{0};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto exchange = read_declaration(side.wait_for(id::exchange_declare));
    auto queue = next_queue(side);
    side.accept_publisher();
    accept(side, queue);
    side.deliver(side.accept_consumer(), 1, "x");
    refuse(side, exchange.channel, 406, "PRECONDITION_FAILED - inequivalent arg 'type'");
    auto first = side.wait_for(id::queue_bind);
    refuse(side, first.channel, 404, "NOT_FOUND - no exchange 'missing'");
    auto second = side.wait_for(id::queue_bind);
    side.method(second.channel, id::queue_bind_ok);
    ++bound;
    side.wait_for_end();
  });
  topology declare = queues({"q"});
  declare.exchanges = {{"ex", "topic", {}}};
  declare.bindings = {{"missing", "q", "a"}, {"ex", "q", "b"}};
  auto options = broker.options();  // the default back-off: no retry comes in between
  broker_client client(loop, options, declare);
  client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1 && bound == 1 && client.failed("q") != 0; }));
  BOOST_TEST(client.failed("ex") == 406);
  BOOST_TEST(client.failed("q") == 404);
  BOOST_TEST(contains(client.results["q"].problem, "binding of queue 'q' to exchange 'missing' by 'a'"),
             client.results["q"].problem);
  BOOST_TEST(kept.interruptions.empty());
  BOOST_TEST(client.ups == 1);
}

BOOST_AUTO_TEST_CASE(a_queue_that_was_deleted_is_declared_before_it_is_consumed_again) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    accept(side, next_queue(side));
    side.accept_publisher();
    auto first = side.accept_consumer();
    side.method(first, id::basic_cancel, [](byte_writer& w) { w.short_string("tag"), w.u8(1); });
    side.wait_for(id::channel_close);
    side.method(first, id::channel_close_ok);
    accept(side, next_queue(side));
    side.deliver(side.accept_consumer(), 1, "after");
    side.wait_for_end();
  });
  broker_client client(loop, patient(broker.options()), queues({"q"}));
  client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  BOOST_TEST(kept.interruptions.size() == 1U);
  BOOST_TEST(client.downs.empty());
}

BOOST_AUTO_TEST_CASE(a_declaration_and_a_consumer_without_an_answer_are_given_up_and_retried) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto first = next_queue(side);
    side.accept_publisher();
    auto second = next_queue(side);
    side.method(first.channel, id::channel_close_ok);
    accept(side, second);
    side.wait_for(id::basic_consume);
    side.deliver(side.accept_consumer(), 1, "x");
    side.wait_for_end();
  });
  auto options = patient(broker.options());
  options.answer_timeout = 2s;
  broker_client client(loop, options, queues({"q"}));
  client->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  BOOST_REQUIRE(kept.interruptions.size() == 2U);
  BOOST_TEST(kept.interruptions[0] == "cannot declare queue 'q': no answer within 2000 ms");
  BOOST_TEST(contains(kept.interruptions[1], "has not registered a consumer of queue 'q' within 2000 ms"),
             kept.interruptions[1]);
  BOOST_TEST(client.downs.empty());
}

BOOST_AUTO_TEST_CASE(a_client_stops_while_declarations_are_open_or_refused) {
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands();
    auto all = next_queues(side, 2);
    refuse(side, all["bad"].channel, 405, "RESOURCE_LOCKED");
    side.wait_for(id::connection_close);
    accept(side, all["open"]);
    side.method(0, id::connection_close_ok);
  });
  auto options = patient(broker.options());
  options.declare_retry_min = options.declare_retry_max = 1h;
  broker_client client(loop, options, queues({"bad", "open"}));
  BOOST_REQUIRE(loop.run_until([&] { return client.failed("bad") == 405; }));
  client.stop();
}

BOOST_AUTO_TEST_SUITE_END()
