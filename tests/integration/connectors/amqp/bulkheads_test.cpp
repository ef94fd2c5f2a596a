// One queue that cannot be declared leaves the others running.
#include "tests/unit/connectors/amqp/broker_client.hpp"

using namespace millrace::amqp;
using namespace millrace::amqp::test;
using namespace std::chrono_literals;
using millrace::test::rabbit_api;

namespace {

const std::vector<std::string> names{"a", "b", "c", "d", "e"};

field_table quorum() { return {{"x-queue-type", field_value{std::string("quorum")}}}; }

topology five_queues() {
  topology made;
  made.exchanges = {{"tasks", "topic", {}}};
  for (auto& name : names) {
    made.queues.push_back({name, quorum()});
    made.bindings.push_back({"tasks", name, name + ".#"});
  }
  return made;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct bulkheads_fixture {
  millrace::test::test_vhost vhost;
  driven_loop loop;
  client_options options = options_for(vhost.url());
  std::map<std::string, kept_subscription> kept;

  bulkheads_fixture() {
    options.declare_retry_min = 20ms;
    options.declare_retry_max = 200ms;
  }
  void consume_all(broker_client& broker) {
    for (auto& name : names) broker->subscribe({name, 10}, kept[name].events());
  }
  void declare_all_but_e() {
    auto some = five_queues();
    some.queues.pop_back();
    some.bindings.pop_back();
    broker_client owner(loop, options, some);
    owner.wait_up();
    BOOST_REQUIRE(loop.run_until([&] { return owner.results.count("d") == 1; }));
  }
  bool consumed(const std::string& name) {
    return loop.run_until([&] { return !kept[name].epochs.empty(); });
  }
};

/// A user of the virtual host that may not create anything.
struct limited_user {
  std::string name = millrace::test::unique_name("limited");

  explicit limited_user(const std::string& vhost) {
    rabbit_api("PUT", "/api/users/" + name, {{"password", "secret"}, {"tags", ""}});
    rabbit_api("PUT", "/api/permissions/" + vhost + "/" + name, {{"configure", "^$"}, {"write", ".*"}, {"read", ".*"}});
  }
  ~limited_user() { rabbit_api("DELETE", "/api/users/" + name); }
  limited_user(const limited_user&) = delete;
  limited_user& operator=(const limited_user&) = delete;

  void use_in(client_options& options) const {
    options.hosts[0].user = name;
    options.hosts[0].password = millrace::config::secret("secret");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulkheads, bulkheads_fixture)

BOOST_AUTO_TEST_CASE(a_queue_with_other_arguments_stops_no_other_queue_and_runs_once_it_is_deleted) {
  rabbit_api("PUT", "/api/queues/" + vhost.name() + "/c",
             {{"durable", true}, {"arguments", {{"x-queue-type", "classic"}, {"x-max-priority", 10}}}});
  broker_client broker(loop, options, five_queues());
  consume_all(broker);
  for (const auto* name : {"a", "b", "d", "e"}) {
    BOOST_TEST(consumed(name), name);
    BOOST_TEST((broker.publish(std::string(name) + ".x", "x", {}, "tasks").first == confirm::accepted), name);
    BOOST_TEST(loop.run_until([&] { return kept[name].deliveries.size() == 1; }), name);
  }
  BOOST_TEST(broker.downs.empty());
  BOOST_TEST(broker.failed("c") == 406);
  BOOST_TEST(contains(broker.results["c"].problem, "inequivalent arg 'x-"), broker.results["c"].problem);
  BOOST_TEST(kept["c"].epochs.empty());
  BOOST_REQUIRE(!kept["c"].interruptions.empty());
  BOOST_TEST(contains(kept["c"].interruptions[0], "cannot declare queue 'c'"), kept["c"].interruptions[0]);
  auto [what, why] = broker.publish("c.x", "x", {}, "tasks");
  BOOST_TEST((what == confirm::unknown));
  BOOST_TEST(contains(why, "cannot declare queue 'c'"), why);
  rabbit_api("DELETE", "/api/queues/" + vhost.name() + "/c");
  BOOST_TEST(consumed("c"));
  BOOST_REQUIRE(loop.run_until([&] { return broker.failed("c") == 0; }));
  BOOST_TEST((broker.publish("c.x", "x", {}, "tasks").first == confirm::accepted));
  BOOST_TEST(loop.run_until([&] { return kept["c"].deliveries.size() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_deleted_queue_returns_with_its_bindings) {
  broker_client broker(loop, options, five_queues());
  broker.wait_up();
  consume_all(broker);
  for (auto& name : names) BOOST_REQUIRE(consumed(name));
  rabbit_api("DELETE", "/api/queues/" + vhost.name() + "/b");
  BOOST_REQUIRE(loop.run_until([&] { return kept["b"].epochs.size() == 2; }));
  BOOST_REQUIRE(loop.run_until(
      [&] { return broker.publish("b.x", "x", {}, "tasks").first == confirm::accepted && !kept["b"].deliveries.empty(); }));
  for (const auto* name : {"a", "c", "d", "e"}) BOOST_TEST(kept[name].interruptions.empty(), name);
}

BOOST_AUTO_TEST_CASE(without_configure_permission_an_existing_topology_is_used_as_it_is) {
  {
    broker_client owner(loop, options, five_queues());
    owner.wait_up();
    for (auto& name : names) BOOST_REQUIRE(loop.run_until([&] { return owner.results.count(name) == 1; }));
  }
  limited_user user(vhost.name());
  user.use_in(options);
  broker_client broker(loop, options, five_queues());
  consume_all(broker);
  for (auto& name : names) {
    BOOST_TEST(consumed(name), name);
    BOOST_REQUIRE(loop.run_until([&] { return broker.results.count(name) == 1; }));
    BOOST_TEST(broker.failed(name) == 0, broker.results[name].problem);
    BOOST_TEST(contains(broker.results[name].unchecked, "ACCESS_REFUSED"), name);
    BOOST_TEST(kept[name].interruptions.empty(), name);
    BOOST_TEST((broker.publish(name + ".x", "x", {}, "tasks").first == confirm::accepted), name);
    BOOST_TEST(loop.run_until([&] { return kept[name].deliveries.size() == 1; }), name);
  }
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_CASE(without_configure_permission_a_missing_queue_is_named) {
  declare_all_but_e();
  limited_user user(vhost.name());
  user.use_in(options);
  broker_client broker(loop, options, five_queues());
  consume_all(broker);
  for (const auto* name : {"a", "b", "c", "d"}) BOOST_TEST(consumed(name), name);
  BOOST_REQUIRE(loop.run_until([&] { return broker.failed("e") != 0; }));
  BOOST_TEST(broker.failed("e") == 404);
  BOOST_TEST(contains(broker.results["e"].problem, "may not declare"), broker.results["e"].problem);
}

BOOST_AUTO_TEST_CASE(a_queue_over_the_limit_of_the_virtual_host_is_created_once_the_limit_allows_it) {
  declare_all_but_e();
  rabbit_api("PUT", "/api/vhost-limits/" + vhost.name() + "/max-queues", {{"value", 4}});
  broker_client broker(loop, options, five_queues());
  consume_all(broker);
  for (const auto* name : {"a", "b", "c", "d"}) BOOST_TEST(consumed(name), name);
  BOOST_REQUIRE(loop.run_until([&] { return broker.failed("e") != 0; }));
  BOOST_TEST(contains(broker.results["e"].problem, "queue limit"), broker.results["e"].problem);
  rabbit_api("DELETE", "/api/vhost-limits/" + vhost.name() + "/max-queues");
  BOOST_TEST(consumed("e"));
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_CASE(a_queue_with_a_single_active_consumer_is_declared_and_consumed_by_one_client_at_a_time) {
  auto arguments = quorum();
  arguments.emplace_back("x-single-active-consumer", field_value{true});
  broker_client first(loop, options, queue_named("ordered", arguments));
  first.wait_up();
  kept_subscription active, waiting;
  first->subscribe({"ordered", 10}, active.events());
  BOOST_REQUIRE(loop.run_until([&] { return active.epochs.size() == 1; }));
  broker_client second(loop, options, queue_named("ordered", arguments));
  second.wait_up();
  second->subscribe({"ordered", 10}, waiting.events());
  BOOST_REQUIRE(loop.run_until([&] { return waiting.epochs.size() == 1; }));
  for (int i = 0; i < 4; ++i) second.publish("ordered", std::to_string(i));
  BOOST_REQUIRE(loop.run_until([&] { return active.deliveries.size() == 4; }));
  BOOST_TEST(waiting.deliveries.empty());
  first.stop();
  BOOST_REQUIRE(loop.run_until([&] { return waiting.deliveries.size() == 4; }));
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(waiting.deliveries[i].message.body == std::to_string(i));
}

BOOST_AUTO_TEST_SUITE_END()
