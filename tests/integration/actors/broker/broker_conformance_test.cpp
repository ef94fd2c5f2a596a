// What consumers and the relay rely on, of the real broker and of the fake one that their unit tests use.
#include "actors/node/broker_connections.hpp"
#include "tests/support/fake_broker.hpp"
#include "tests/support/servers.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <mutex>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;

namespace {

constexpr auto queue = "email";
constexpr auto ordered_queue = "priority.ledger";

struct fake_world {
  fake_broker broker{{queue, ordered_queue}};
  void wait_until(const std::function<bool()>& condition) {
    broker.run();
    BOOST_REQUIRE(condition());
  }
};

/// Connections close after their owner is gone, so their loop is never destroyed.
supervision::event_loop& lasting_loop() {
  static auto* loop = new supervision::event_loop;
  return *loop;
}

struct real_world {
  test_vhost vhost;
  broker_connections broker{lasting_loop(), settings(), {[](auto&) {}, [](auto&, auto&) {}, [](auto, auto&) {}}};

  config::settings settings() const {
    config::settings s;
    s.node = "conformance";
    s.amqp.urls = {config::secret{vhost.url()}};
    return s;
  }
  void wait_until(const std::function<bool()>& condition) { BOOST_REQUIRE(test::wait_until(condition)); }
};

/// What a subscription has received. Written on the broker's thread.
struct inbox {
  std::mutex mutex;
  amqp::channel_epoch epoch{};
  std::vector<amqp::delivery_tag> tags;
  std::string bodies;
  int redelivered = 0;

  amqp::subscription_events events() {
    return {.consuming = [](amqp::channel_epoch) {},
            .deliveries =
                [this](amqp::channel_epoch e, const std::vector<amqp::delivery>& read) {
                  std::lock_guard lock{mutex};
                  epoch = e;
                  for (auto& d : read) {
                    tags.push_back(d.tag);
                    bodies += d.body;
                    redelivered += d.redelivered;
                  }
                },
            .interrupted = [](amqp::channel_epoch, const std::string&) {}};
  }
  std::string received() {
    std::lock_guard lock{mutex};
    return bodies;
  }
};

template <class World>
struct conversation {
  World world;

  /// Publishes one message for each letter, again while its fate is unknown, as the relay does. Returns the last answer.
  amqp::confirm publish(const std::string& letters, const std::string& to = queue) {
    auto last = amqp::confirm::unknown;
    for (const char letter : letters)
      while ((last = publish_once(letter, to)) == amqp::confirm::unknown) {
      }
    return last;
  }
  amqp::confirm publish_once(char letter, const std::string& to) {
    world.wait_until([&] { return world.broker.publish_capacity() > 0; });
    auto answer = std::make_shared<std::promise<amqp::confirm>>();
    auto answered = answer->get_future();
    world.broker.publish({{"", to, {}, std::string{letter}}},
                         [answer](std::size_t, amqp::confirm c, const std::string&) { answer->set_value(c); });
    world.wait_until([&] { return answered.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return answered.get();
  }
  std::unique_ptr<broker::subscription> subscribe(inbox& in, std::uint16_t prefetch, bool ordered = false) {
    return world.broker.subscribe({.queue = ordered ? ordered_queue : queue, .prefetch = prefetch, .ordered = ordered},
                                  in.events());
  }
  void expect(inbox& in, const std::string& bodies) {
    world.wait_until([&] { return in.received() == bodies; });
  }
};

using worlds = boost::mpl::list<fake_world, real_world>;

}  // namespace

BOOST_AUTO_TEST_SUITE(broker_conformance)

BOOST_AUTO_TEST_CASE_TEMPLATE(deliveries_come_in_order_up_to_the_prefetch, World, worlds) {
  conversation<World> c;
  inbox in;
  c.publish("abcd");
  auto consumer = c.subscribe(in, 2);
  c.expect(in, "ab");
  consumer->settle(in.epoch, {{in.tags[1], true, false, false}});  // both
  c.expect(in, "abcd");
  BOOST_TEST(in.redelivered == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unsettled_deliveries_return_in_order_when_a_subscription_ends, World, worlds) {
  conversation<World> c;
  inbox first, second;
  c.publish("abc");
  auto consumer = c.subscribe(first, 10);
  c.expect(first, "abc");
  consumer->settle(first.epoch, {{first.tags[0], false, false, false}});
  consumer.reset();
  auto next = c.subscribe(second, 10);
  c.expect(second, "bc");
  BOOST_TEST(second.redelivered == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(settlements_of_another_epoch_are_ignored, World, worlds) {
  conversation<World> c;
  inbox in;
  c.publish("ab");
  auto consumer = c.subscribe(in, 1);
  c.expect(in, "a");
  const auto other = amqp::channel_epoch{static_cast<std::uint64_t>(in.epoch) + 1};
  consumer->settle(other, {{in.tags[0], false, false, false}});
  consumer->settle(in.epoch, {{in.tags[0], false, true, true}});  // returns it: only a lives or dies by this
  c.world.wait_until([&] { return in.received().starts_with("aa"); });
}

// Each ordered subscription has a connection of its own, whose epochs are told apart from those of any other.
BOOST_AUTO_TEST_CASE_TEMPLATE(an_ordered_subscription_returns_all_in_order_and_ignores_an_earlier_ones_epoch, World,
                              worlds) {
  conversation<World> c;
  inbox first, second;
  c.publish("abc", ordered_queue);
  auto consumer = c.subscribe(first, 2, true);
  c.expect(first, "ab");
  consumer.reset();
  auto next = c.subscribe(second, 2, true);
  c.expect(second, "ab");
  next->settle(first.epoch, {{first.tags[1], true, false, false}});
  next->settle(second.epoch, {{second.tags[0], false, false, false}});
  c.expect(second, "abc");
  BOOST_TEST(second.redelivered == 2);
  BOOST_TEST((first.epoch != second.epoch));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_a_cancel_no_delivery_follows_and_earlier_ones_can_be_settled, World, worlds) {
  conversation<World> c;
  inbox in, second;
  c.publish("a");
  auto consumer = c.subscribe(in, 10);
  c.expect(in, "a");
  std::atomic<bool> cancelled = false;
  consumer->cancel([&] { cancelled = true; });
  c.world.wait_until([&] { return cancelled.load(); });
  c.publish("b");
  consumer->settle(in.epoch, {{in.tags[0], false, false, false}});
  consumer.reset();
  auto next = c.subscribe(second, 10);
  c.expect(second, "b");
  BOOST_TEST(in.received() == "a");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_message_without_a_queue_is_returned_and_its_neighbours_are_accepted, World, worlds) {
  conversation<World> c;
  BOOST_TEST((c.publish("a") == amqp::confirm::accepted));
  BOOST_TEST((c.publish("b", "no such queue") == amqp::confirm::returned));
  BOOST_TEST((c.publish("c") == amqp::confirm::accepted));
}

BOOST_AUTO_TEST_SUITE_END()
