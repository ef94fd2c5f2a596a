// A drain ends once no delivery can follow, neither from the buffer nor on its way to the consumer.
#include "actors/node/broker_connections.hpp"
#include "actors/pipeline/consumer.hpp"
#include "tests/support/servers.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/scoped_actor.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::config;
using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;

/// A consumer of a real queue. The test replaces its committer, its effect executor and the service that drains it.
struct draining {
  test_vhost vhost;
  std::string queue = "/" + vhost.name() + "/drained";
  node_ptr shared = std::make_shared<node_context>();
  std::shared_ptr<delivery_buffer> incoming = std::make_shared<delivery_buffer>();
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor test{system};
  caf::actor me = caf::actor_cast<caf::actor>(test);
  caf::actor consumer;
  std::vector<delivery_key> delivered;
  bool ended = false;
  std::weak_ptr<bool> open_connections;  ///< expires when they are closed, which may take the broker a moment

  draining() {
    rabbit_api("PUT", "/api/queues" + queue, {{"durable", true}});
    shared->settings.amqp.urls = {secret{vhost.url()}};
    auto open = std::make_shared<bool>();
    open_connections = open;
    auto nothing = [open = std::move(open)](auto&&...) {};
    shared->directory.put_broker(std::make_shared<broker_connections>(
        shared->loop, shared->settings, broker_connections::events{nothing, nothing, nothing}));
    shared->directory.put("isolation", me);
  }
  ~draining() {
    caf::anon_send_exit(consumer, caf::exit_reason::kill);
    test->wait_for(consumer);
    consumer = nullptr;
    shared->directory.put_broker(nullptr);
    shared->directory.clear();
    BOOST_CHECK(wait_until([&] { return open_connections.expired(); }));
  }

  void start() {
    queue_config drained{{.name = "drained", .prefetch = 10}};
    consumer = system.spawn(millrace::actors::consumer, shared, drained, incoming, me, me);
    BOOST_REQUIRE(wait_until([&] { return consumers() == 1; }));
  }
  std::size_t consumers() { return rabbit_api("GET", "/api/queues" + queue).value("consumers", std::size_t{}); }
  void publish() {
    rabbit_api("POST", "/api/exchanges/" + vhost.name() + "/amq.default/publish",
               {{"properties", {{"message_id", "1"}, {"type", "any"}}},
                {"routing_key", "drained"},
                {"payload", "{}"},
                {"payload_encoding", "string"}});
  }
  /// Starts a drain and returns once the broker has cancelled the consumer.
  void drain() {
    test->send(consumer, millrace::actors::drain{me});
    BOOST_REQUIRE(wait_until([&] { return consumers() == 0; }));
  }
  /// Receives the consumer's messages until `enough`.
  void listen(const std::function<bool()>& enough) {
    bool in_time = true;
    while (!enough() && in_time)
      test->receive(
          [&](commit_deliveries& in) {
            for (auto& i : in.batch) delivered.push_back(i.key);
          },
          [&](const drained&) { ended = true; }, [](const attach_consumer&) {}, [](const millrace::actors::drain&) {},
          caf::after(patience) >> [&] { in_time = false; });
    BOOST_REQUIRE(in_time);
  }
  /// Receives the consumer's pending messages.
  void look() {
    bool more = true;
    while (more)
      test->receive(
          [&](commit_deliveries& in) {
            for (auto& i : in.batch) delivered.push_back(i.key);
          },
          [&](const drained&) { ended = true; }, [](const attach_consumer&) {}, [](const millrace::actors::drain&) {},
          caf::after(0s) >> [&] { more = false; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(drains, draining)

BOOST_AUTO_TEST_CASE(deliveries_waiting_for_a_busy_committer_are_forwarded_and_settled_first) {
  incoming->busy();
  start();
  publish();
  BOOST_REQUIRE(wait_until([&] { return !incoming->empty(); }));
  drain();
  listen([&] { return !delivered.empty(); });
  look();
  BOOST_TEST(!ended);
  test->send(consumer, settled{delivered, {}});
  listen([&] { return ended; });
  BOOST_TEST(delivered.size() == 1U);
  BOOST_TEST(wait_until([&] { return rabbit_api("GET", "/api/queues" + queue).value("messages", -1) == 0; }));
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_deliveries_on_their_way_to_the_consumer) {
  start();
  std::optional<deliveries> on_its_way;
  incoming->add(amqp::channel_epoch{}, std::vector<amqp::delivery>(1), [&](deliveries d) { on_its_way = std::move(d); });
  BOOST_REQUIRE(on_its_way.has_value());
  drain();
  look();
  BOOST_TEST(!ended);
  test->send(consumer, std::move(*on_its_way));
  listen([&] { return ended; });
}

/// Not about draining, but uses the same consumer.
BOOST_AUTO_TEST_CASE(the_age_of_the_oldest_task_is_reported_until_it_is_settled) {
  auto age = [&] {
    auto text = shared->metrics.expose();
    const std::string line = "millrace_oldest_task_age_seconds{queue=\"drained\"} ";
    auto at = text.find(line);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
  };
  start();
  publish();
  listen([&] { return !delivered.empty(); });
  BOOST_TEST(wait_until([&] { return age() > 0; }));
  test->send(consumer, settled{delivered, {}});
  BOOST_TEST(wait_until([&] { return age() == 0; }));
}

BOOST_AUTO_TEST_CASE(an_idle_consumer_drains_immediately) {
  start();
  drain();
  listen([&] { return ended; });
  BOOST_TEST(delivered.empty());
}

BOOST_AUTO_TEST_CASE(a_consumer_that_has_drained_takes_nothing_more_whatever_an_operator_sets) {
  start();
  drain();
  listen([&] { return ended; });
  test->send(consumer, queue_limited{{.rate = 7}});
  publish();
  ended = false;
  test->send(consumer, millrace::actors::drain{me});  // answered after all earlier messages have been handled
  listen([&] { return ended; });
  BOOST_TEST(delivered.empty());
  bool limited = false, more = true;
  while (more)
    test->receive([&](const queue_limited& to_executor) { limited |= to_executor.limits.rate > 0; },
                  caf::after(0s) >> [&] { more = false; });
  BOOST_TEST(!limited);
}

BOOST_AUTO_TEST_SUITE_END()
