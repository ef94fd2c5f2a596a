// Each target queue has a publishing channel of its own: one that does not confirm delays only itself.
#include "connectors/amqp/routing.hpp"
#include "connectors/amqp/wire/method_id.hpp"
#include "tests/unit/connectors/amqp/broker_client.hpp"
#include "tests/unit/connectors/amqp/scripted_broker.hpp"

#include <future>
#include <map>

using namespace millrace::amqp;
using namespace millrace::amqp::test;
using namespace std::chrono_literals;

namespace {

topology two_queues() {
  topology made;
  made.exchanges = {{"tasks", "topic", {}}};
  made.queues = {{"silent", {}}, {"good", {}}};
  made.bindings = {{"tasks", "silent", "slow.#"}, {"tasks", "good", "quick.#"}};
  return made;
}

/// A broker that declares everything and confirms each publish whose routing key is not `unconfirmed`.
struct confirming_broker {
  std::string unconfirmed;
  bool first_channel_only = false;      ///< a second channel with that key is confirmed
  bool hangs = false;                   ///< answers nothing more on a connection with an unconfirmed publish
  std::future<void> opens_target = {};  ///< channels after the shared one are answered when it is ready
  std::string refused = {};             ///< the routing key that a channel refuses if its first publish has it
  std::size_t closes_after = 0;  ///< publishes with that key, then closes their channel and confirms the key from then on
  std::map<std::string, std::uint16_t> channel_of = {};  ///< by routing key; read by the test once the client has stopped

  void operator()(broker_side& side) {
    std::map<std::uint16_t, std::uint64_t> published;
    std::uint16_t silent = 0, stale = 0;
    int selected = 0;
    side.shake_hands();
    for (;;) {
      auto got = side.read_frame();
      byte_reader in(got.payload);
      if (got.method == id::exchange_declare) side.method(got.channel, id::exchange_declare_ok);
      if (got.method == id::queue_bind) side.method(got.channel, id::queue_bind_ok);
      if (got.method == id::confirm_select) {
        if (selected++ > 0 && opens_target.valid()) opens_target.wait();
        side.method(got.channel, id::confirm_select_ok);
      }
      if (got.method == id::queue_declare)
        side.method(got.channel, id::queue_declare_ok, [](byte_writer& w) { w.short_string("q"), w.u32(0), w.u32(0); });
      if (got.method == id::connection_close) side.method(0, id::connection_close_ok);
      if (got.method != id::basic_publish) continue;
      in.u16();
      in.short_string();
      auto key = std::string(in.short_string());
      channel_of[key] = got.channel;
      auto tag = ++published[got.channel];
      if (key == refused && stale == 0) stale = got.channel;
      if (key == refused && stale == got.channel) {
        side.method(got.channel, id::basic_nack, [&](byte_writer& w) { w.u64(tag), w.u8(0); });
        continue;
      }
      if (key == unconfirmed && hangs) {
        hangs = false;
        unconfirmed.clear();
        side.wait_for_end();
      }
      if (key == unconfirmed && first_channel_only) {
        silent = silent == 0 ? got.channel : silent;
        if (got.channel != silent) unconfirmed.clear();
      }
      if (key == unconfirmed && tag == closes_after) {
        side.method(got.channel, id::channel_close,
                    [](byte_writer& w) { w.u16(541), w.short_string("INTERNAL_ERROR"), w.u32(0); });
        published[got.channel] = 0;
        unconfirmed.clear();
      } else if (key != unconfirmed)
        side.method(got.channel, id::basic_ack, [&](byte_writer& w) { w.u64(tag), w.u8(0); });
    }
  }
};

struct publishers_fixture {
  driven_loop loop;
  confirming_broker script{"slow.one"};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publishers_of_a_client, publishers_fixture)

BOOST_AUTO_TEST_CASE(a_target_that_does_not_confirm_delays_only_itself) {
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::vector<confirm> slow(300, confirm::accepted);
  std::size_t refused = 0;
  std::string why;
  for (std::size_t i = 0; i < slow.size(); ++i)
    BOOST_REQUIRE(client->publish({"tasks", "slow.one", {}, "x"}, [&, i](confirm what, const std::string& text) {
      slow[i] = what;
      ++refused;
      if (why.empty()) why = text;
    }));
  BOOST_TEST((client.publish("quick.one", "x", {}, "tasks").first == confirm::accepted));
  BOOST_TEST((client.publish("good", "x").first == confirm::accepted));
  BOOST_TEST((client.publish("elsewhere", "x").first == confirm::accepted));
  // The window of a target that has accepted nothing is 1: the others were not sent, and are given up.
  BOOST_REQUIRE(loop.run_until([&] { return refused == 299; }));
  BOOST_TEST((slow[0] == confirm::accepted));
  BOOST_TEST((slow[1] == confirm::unknown));
  BOOST_TEST(why == "queue 'silent' has confirmed no publish for 1000 ms");
  // A stalled target holds nothing of the overall window, and refuses at once.
  BOOST_TEST(client->publish_capacity() == 1'000U);
  BOOST_TEST((client.publish("slow.one", "x", {}, "tasks").first == confirm::unknown));
  BOOST_TEST((client.publish("quick.one", "x", {}, "tasks").first == confirm::accepted));
  client.stop();
  BOOST_TEST(refused == 300U);
  BOOST_TEST(script.channel_of["quick.one"] == script.channel_of["good"]);
  BOOST_TEST(script.channel_of["quick.one"] != script.channel_of["slow.one"]);
  BOOST_TEST(script.channel_of["elsewhere"] != script.channel_of["slow.one"]);
  BOOST_TEST(script.channel_of["elsewhere"] != script.channel_of["good"]);
}

BOOST_AUTO_TEST_CASE(publishes_beyond_a_target_s_window_are_sent_in_order_as_confirms_arrive) {
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::vector<std::size_t> answered;
  for (std::size_t i = 0; i < 1'000; ++i)
    BOOST_REQUIRE(client->publish({"tasks", "quick.one", {}, "x"}, [&, i](confirm what, const std::string&) {
      if (what == confirm::accepted) answered.push_back(i);
    }));
  BOOST_TEST(client->publish_capacity() == 0U);
  BOOST_TEST(!client->publish({"tasks", "quick.one", {}, "x"}, {}));
  BOOST_REQUIRE(loop.run_until([&] { return answered.size() == 1'000; }));
  BOOST_TEST(std::is_sorted(answered.begin(), answered.end()));
}

// Those that were not sent would otherwise overtake those that are published again.
BOOST_AUTO_TEST_CASE(a_channel_that_the_broker_closes_ends_all_its_publishes_and_opens_again) {
  script.closes_after = 1;
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::size_t unknown = 0, accepted = 0;
  for (std::size_t i = 0; i < 300; ++i)
    BOOST_REQUIRE(client->publish({"tasks", "slow.one", {}, "x"}, [&](confirm what, const std::string&) {
      unknown += what == confirm::unknown;
      accepted += what == confirm::accepted;
    }));
  BOOST_REQUIRE(loop.run_until([&] { return unknown + accepted == 300; }));
  BOOST_TEST(unknown == 300U);
  BOOST_REQUIRE(loop.run_until([&] { return client.publish("slow.one", "x", {}, "tasks").first == confirm::accepted; }));
}

BOOST_AUTO_TEST_CASE(a_channel_that_confirms_nothing_is_replaced) {
  script.first_channel_only = true;
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::string why;
  BOOST_REQUIRE(client->publish({"tasks", "slow.one", {}, "x"}, [&](confirm what, const std::string& text) {
    BOOST_TEST((what == confirm::unknown));
    why = text;
  }));
  BOOST_REQUIRE(loop.run_until([&] { return !why.empty(); }));
  BOOST_TEST(why == "queue 'silent' has confirmed no publish for 3000 ms; its channel is replaced");
  BOOST_REQUIRE(loop.run_until([&] { return client.publish("slow.one", "x", {}, "tasks").first == confirm::accepted; }));
}

// RabbitMQ stops reading a connection when a channel that hangs owes it 400 messages.
BOOST_AUTO_TEST_CASE(a_connection_whose_replaced_channel_is_not_opened_is_given_up) {
  script.hangs = true;
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::vector<std::string> why;
  auto publish = [&] {
    BOOST_REQUIRE(client->publish({"tasks", "slow.one", {}, "x"}, [&](confirm what, const std::string& text) {
      if (what == confirm::unknown) why.push_back(text);
    }));
  };
  publish();
  BOOST_REQUIRE(loop.run_until([&] { return why.size() == 1; }));
  publish();
  BOOST_REQUIRE(loop.run_until([&] { return why.size() == 2; }));
  BOOST_TEST(why[1] == "queue 'silent' has confirmed no publish for 1000 ms");
  BOOST_REQUIRE(loop.run_until([&] { return broker.connections() == 2; }));
  client.wait_up(2);
  BOOST_REQUIRE(!client.downs.empty());
  BOOST_TEST(client.downs.front() == "no answer to channel.open for queue 'silent' for 5000 ms");
  BOOST_TEST((client.publish("slow.one", "x", {}, "tasks").first == confirm::accepted));
}

BOOST_AUTO_TEST_CASE(a_target_whose_channel_opens_late_is_published_to_again) {
  std::promise<void> open_now;
  script.unconfirmed.clear();
  script.opens_target = open_now.get_future();
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  auto [what, why] = client.publish("slow.one", "x", {}, "tasks");
  BOOST_TEST((what == confirm::unknown));
  BOOST_TEST(why == "queue 'silent' has confirmed no publish for 1000 ms");
  open_now.set_value();
  BOOST_REQUIRE(loop.run_until([&] { return client.publish("slow.one", "x", {}, "tasks").first == confirm::accepted; }));
}

// As RabbitMQ does when a queue's leader was down at the channel's first publish to it.
BOOST_AUTO_TEST_CASE(a_channel_that_refuses_is_renewed_without_an_unknown_publish) {
  script.unconfirmed.clear();
  script.refused = "other.one";
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::size_t unknown = 0, accepted = 0;
  auto outcome = confirm::refused;
  // Both keys have no queue in the topology, so they share a channel.
  auto publish = [&](const char* key) {
    return client->publish({"tasks", key, {}, "x"}, [&](confirm what, const std::string&) {
      unknown += what == confirm::unknown;
      accepted += what == confirm::accepted;
    });
  };
  BOOST_REQUIRE(loop.run_until([&] {
    BOOST_TEST(publish("another.one"));
    outcome = client.publish("other.one", "x", {}, "tasks").first;
    return outcome != confirm::refused;
  }));
  BOOST_TEST((outcome == confirm::accepted));
  BOOST_REQUIRE(loop.run_until([&] { return client->publish_capacity() == 1'000U; }));
  BOOST_TEST(unknown == 0U);
  BOOST_TEST(accepted > 0U);
}

BOOST_AUTO_TEST_CASE(no_publish_overtakes_a_refused_one) {
  script.unconfirmed.clear();
  script.refused = "slow.one";
  scripted_broker broker([&](broker_side& side) { script(side); });
  broker_client client(loop, broker.options(), two_queues());
  client.wait_up();
  std::vector<confirm> answers;
  for (int i = 0; i < 300; ++i)
    BOOST_REQUIRE(
        client->publish({"tasks", "slow.one", {}, "x"}, [&](confirm what, const std::string&) { answers.push_back(what); }));
  BOOST_REQUIRE(loop.run_until([&] { return answers.size() == 300; }));
  BOOST_TEST((answers.front() == confirm::refused));
  BOOST_TEST(std::ranges::count(answers, confirm::unknown) == 299);
  BOOST_REQUIRE(loop.run_until([&] { return client.publish("slow.one", "x", {}, "tasks").first == confirm::accepted; }));
}

BOOST_AUTO_TEST_CASE(nothing_is_published_to_a_queue_that_cannot_be_declared) {
  scripted_broker broker([](broker_side& side) {
    side.shake_hands();
    auto queue = side.wait_for(id::queue_declare);
    side.accept_publisher();
    side.method(queue.channel, id::channel_close,
                [](byte_writer& w) { w.u16(404), w.short_string("NOT_FOUND - home node is down"), w.u32(0); });
    side.wait_for(id::basic_publish);  // never sent
  });
  topology one;
  one.queues = {{"q", {}}};
  broker_client client(loop, broker.options(), one);
  client.wait_up();
  auto [what, why] = client.publish("q", "x");
  BOOST_TEST((what == confirm::unknown));
  BOOST_TEST(why == "cannot declare queue 'q': NOT_FOUND - home node is down (404)");
}

BOOST_AUTO_TEST_CASE(targets_follow_the_bindings) {
  auto t = two_queues();
  t.exchanges.push_back({"all", "fanout", {}});
  t.exchanges.push_back({"one", "direct", {}});
  t.bindings.push_back({"all", "good", ""});
  t.bindings.push_back({"one", "silent", "key"});
  auto target = [&](const char* exchange, const char* key) {
    auto* queue = target_of(t, exchange, key);
    return queue == nullptr ? std::string("-") : queue->name;
  };
  BOOST_TEST(target("", "good") == "good");
  BOOST_TEST(target("", "unknown") == "-");
  BOOST_TEST(target("tasks", "slow") == "silent");
  BOOST_TEST(target("tasks", "quick.a.b") == "good");
  BOOST_TEST(target("tasks", "other") == "-");
  BOOST_TEST(target("all", "anything") == "good");
  BOOST_TEST(target("one", "key") == "silent");
  BOOST_TEST(target("one", "key.more") == "-");
  BOOST_TEST(target("nowhere", "key") == "-");
}

BOOST_AUTO_TEST_SUITE_END()
