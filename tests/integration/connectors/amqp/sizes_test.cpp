#include "tests/unit/connectors/amqp/broker_client.hpp"

#include <thread>

using namespace millrace::amqp;
using namespace millrace::amqp::test;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

/// Text in which a misplaced fragment is detectable.
std::string patterned(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>((i * 2'654'435'761U) >> 13);
  return made;
}

struct size_fixture {
  millrace::test::test_vhost vhost;
  driven_loop loop;
  client_options options = options_for(vhost.url());
  kept_subscription kept;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sizes, size_fixture)

BOOST_AUTO_TEST_CASE(bodies_of_all_sizes_come_back_byte_for_byte) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  std::vector<std::string> bodies;
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'535}, std::size_t{131'063}, std::size_t{131'064},
                           std::size_t{131'065}, mebibyte, 5 * mebibyte + 7})
    bodies.push_back(patterned(size));
  for (auto& body : bodies) BOOST_REQUIRE((broker.publish("q", body).first == confirm::accepted));
  broker->subscribe({"q", 100}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == bodies.size(); }));
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    BOOST_TEST((kept.deliveries[i].message.body == bodies[i]), "body " << i);
    BOOST_TEST(!kept.deliveries[i].message.oversized);
  }
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_dropped_and_its_neighbours_arrive) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  broker.publish("q", "before");
  properties props;
  props.message_id = "huge";
  broker.publish("q", patterned(20 * mebibyte), props);
  broker.publish("q", "after");
  auto id = broker->subscribe({"q", 100}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 3; }));
  auto& huge = kept.deliveries[1].message;
  BOOST_TEST(huge.oversized);
  BOOST_TEST(huge.body.empty());
  BOOST_TEST(huge.body_size == 20 * mebibyte);
  BOOST_TEST(decode_properties(huge.raw_properties).value().message_id == "huge");
  BOOST_TEST(huge.routing_key == "q");
  BOOST_TEST(kept.deliveries[2].message.body == "after");
  broker->reject(id, kept.deliveries[1].epoch, huge.tag, false);
}

BOOST_AUTO_TEST_CASE(over_the_byte_budget_nothing_is_read_until_bodies_are_let_go) {
  options.byte_budget = 2 * mebibyte;
  options.heartbeat = std::chrono::seconds(1);
  broker_client publisher(loop, options_for(vhost.url()), queue_named("q"));
  publisher.wait_up();
  constexpr std::size_t count = 40;
  for (std::size_t i = 0; i < count; ++i) publisher.publish("q", patterned(mebibyte / 2));
  broker_client broker(loop, options);
  broker.wait_up();
  broker->subscribe({"q", 100}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() >= 4; }));
  // Longer than the heartbeat timeout: a socket that is deliberately not read must not count as a dead connection.
  auto begin = std::chrono::steady_clock::now();
  BOOST_REQUIRE(loop.run_until([&] { return std::chrono::steady_clock::now() - begin > std::chrono::seconds(3); }));
  BOOST_TEST(kept.deliveries.size() < 8U);
  BOOST_TEST(broker.downs.empty());
  std::size_t seen = 0;
  auto let_go = [&] {
    seen += kept.deliveries.size();
    auto taken = std::move(kept.deliveries);
    kept.deliveries.clear();
    // From another thread, as a handler would.
    std::thread([taken = std::move(taken)]() mutable { taken.clear(); }).join();
    return seen == count;
  };
  BOOST_TEST(loop.run_until(let_go));
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_CASE(deliveries_outlive_the_client) {
  {
    broker_client broker(loop, options, queue_named("q"));
    broker.wait_up();
    broker.publish("q", patterned(1'000));
    broker.publish("q", patterned(mebibyte));
    broker->subscribe({"q", 10}, kept.events());
    BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 2; }));
  }
  BOOST_TEST((kept.deliveries[0].message.body == patterned(1'000)));
  BOOST_TEST((kept.deliveries[1].message.body == patterned(mebibyte)));
}

BOOST_AUTO_TEST_CASE(higher_priority_comes_first) {
  broker_client broker(loop, options, queue_named("p", {{"x-max-priority", field_value{std::int64_t{10}}}}));
  broker.wait_up();
  for (int priority : {1, 9, 5}) {
    properties props;
    props.priority = static_cast<std::uint8_t>(priority);
    broker.publish("p", std::to_string(priority), props);
  }
  broker->subscribe({"p", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 3; }));
  BOOST_TEST(kept.deliveries[0].message.body == "9");
  BOOST_TEST(kept.deliveries[1].message.body == "5");
  BOOST_TEST(kept.deliveries[2].message.body == "1");
}

BOOST_AUTO_TEST_CASE(a_quorum_queue_redelivers_with_a_count) {
  broker_client broker(loop, options,
                       queue_named("r", {{"x-queue-type", field_value{std::string("quorum")}},
                                         {"x-delivery-limit", field_value{std::int64_t{5}}}}));
  broker.wait_up();
  BOOST_TEST((broker.publish("r", "x").first == confirm::accepted));
  auto id = broker->subscribe({"r", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  broker->reject(id, kept.deliveries[0].epoch, kept.deliveries[0].message.tag, true);
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 2; }));
  auto props = decode_properties(kept.deliveries[1].message.raw_properties).value();
  auto* counted = find(props.headers, "x-delivery-count");
  BOOST_REQUIRE(counted != nullptr);
  BOOST_TEST(std::get<std::int64_t>(counted->value) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
