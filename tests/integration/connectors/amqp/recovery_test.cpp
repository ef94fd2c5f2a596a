#include "tests/unit/connectors/amqp/broker_client.hpp"

using namespace millrace::amqp;
using namespace millrace::amqp::test;

namespace {

/// Closes the client's connection through the management API, as an operator would.
void close_from_the_broker(driven_loop& loop, const std::string& connection_name) {
  auto listed = [&]() -> std::string {
    for (auto& each : millrace::test::rabbit_api("GET", "/api/connections"))
      if (each.contains("client_properties") && each["client_properties"].value("connection_name", "") == connection_name)
        return each["name"];
    return {};
  };
  std::string name;
  BOOST_REQUIRE(loop.run_until([&] { return !(name = listed()).empty(); }));
  std::string escaped;
  for (char c : name) escaped += c == ' ' ? std::string("%20") : c == '>' ? std::string("%3E") : std::string(1, c);
  millrace::test::rabbit_api("DELETE", "/api/connections/" + escaped);
}

struct recovery_fixture {
  millrace::test::test_vhost vhost;
  driven_loop loop;
  client_options options = options_for(vhost.url());
  kept_subscription kept;
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(recovery, recovery_fixture)

BOOST_AUTO_TEST_CASE(a_connection_closed_by_the_broker_comes_back_with_its_consumers) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  auto id = broker->subscribe({"q", 10}, kept.events());
  broker.publish("q", "one");
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  close_from_the_broker(loop, options.connection_name);
  broker.wait_up(2);
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 2; }));
  BOOST_TEST(contains(broker.downs.at(0), "CONNECTION_FORCED"), broker.downs.at(0));
  BOOST_TEST(kept.interruptions.size() == 1U);
  BOOST_TEST(kept.deliveries[1].message.redelivered);
  BOOST_TEST((kept.deliveries[1].epoch != kept.deliveries[0].epoch));
  // A settlement of the lost connection must not reach the new one, whose tag 1 is another delivery.
  broker->ack(id, kept.deliveries[0].epoch, kept.deliveries[0].message.tag, false);
  broker->unsubscribe(id);
  kept_subscription again;
  broker->subscribe({"q", 10}, again.events());
  BOOST_REQUIRE(loop.run_until([&] { return again.deliveries.size() == 1; }));
  BOOST_TEST(again.deliveries[0].message.body == "one");
}

BOOST_AUTO_TEST_CASE(publishes_open_when_the_connection_ends_are_unknown) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  std::vector<confirm> answers;
  broker->publish({"", "q", {}, "x"}, [&](confirm what, const std::string&) { answers.push_back(what); });
  broker.stop();
  BOOST_TEST((answers == std::vector{confirm::unknown}));
}

BOOST_AUTO_TEST_CASE(a_deleted_queue_is_declared_and_consumed_again) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  broker->subscribe({"q", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.epochs.size() == 1; }));
  millrace::test::rabbit_api("DELETE", "/api/queues/" + vhost.name() + "/q");
  BOOST_REQUIRE(loop.run_until([&] { return kept.epochs.size() == 2; }));
  BOOST_TEST(contains(kept.interruptions.at(0), "cancelled the consumer"), kept.interruptions.at(0));
  broker.publish("q", "after");
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  BOOST_TEST(broker.ups == 1);
}

BOOST_AUTO_TEST_CASE(a_queue_that_appears_late_is_consumed_then) {
  broker_client broker(loop, options);
  broker.wait_up();
  broker->subscribe({"late", 10}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.interruptions.size() >= 2; }));
  BOOST_TEST(contains(kept.interruptions[0], "NOT_FOUND"), kept.interruptions[0]);
  millrace::test::rabbit_api("PUT", "/api/queues/" + vhost.name() + "/late", {{"durable", true}});
  BOOST_REQUIRE(loop.run_until([&] { return kept.epochs.size() == 1; }));
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_CASE(a_channel_closed_by_the_broker_leaves_the_others_alone) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  kept_subscription other;
  auto id = broker->subscribe({"q", 1}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.epochs.size() == 1; }));
  broker->subscribe({"q", 1}, other.events());
  BOOST_REQUIRE(loop.run_until([&] { return other.epochs.size() == 1; }));
  broker->ack(id, kept.epochs[0], delivery_tag{77}, false);
  BOOST_REQUIRE(loop.run_until([&] { return kept.epochs.size() == 2; }));
  BOOST_TEST(contains(kept.interruptions.at(0), "unknown delivery tag 77"), kept.interruptions.at(0));
  BOOST_TEST(other.interruptions.empty());
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_CASE(a_restarted_vhost_does_not_end_the_trying) {
  {
    millrace::test::test_vhost shortlived;
    options = options_for(shortlived.url());
  }
  broker_client broker(loop, options, queue_named("q"));
  BOOST_REQUIRE(loop.run_until([&] { return broker.downs.size() >= 3; }));
  BOOST_TEST(contains(broker.downs[0], "vhost '"), broker.downs[0]);
  auto name = options.hosts[0].vhost;
  millrace::test::rabbit_api("PUT", "/api/vhosts/" + name, nlohmann::json::object());
  millrace::test::rabbit_api("PUT", "/api/permissions/" + name + "/" + options.hosts[0].user,
                             {{"configure", ".*"}, {"write", ".*"}, {"read", ".*"}});
  broker.wait_up();
  broker.stop();
  millrace::test::rabbit_api("DELETE", "/api/vhosts/" + name);
}

BOOST_AUTO_TEST_CASE(a_publish_to_a_missing_exchange_fails_alone) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  auto answer = broker.publish("key", "x", {}, "nowhere");
  BOOST_TEST((answer.first == confirm::returned));
  BOOST_TEST(contains(answer.second, "no exchange 'nowhere'"), answer.second);
  BOOST_TEST((broker.publish("q", "after").first == confirm::accepted));
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_CASE(stopping_before_anything_else_works) {
  broker_client broker(loop, options, queue_named("q"));
  broker.stop();
  BOOST_TEST(broker.ups == 0);
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_SUITE_END()
