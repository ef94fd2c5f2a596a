#include "tests/unit/connectors/amqp/broker_client.hpp"

using namespace millrace::amqp;
using namespace millrace::amqp::test;

namespace {

struct refusal_fixture {
  millrace::test::test_vhost vhost;
  driven_loop loop;
  client_options options = options_for(vhost.url());

  /// The first reason why a client is down.
  std::string first_down(topology declare = {}) {
    broker_client broker(loop, options, std::move(declare));
    BOOST_REQUIRE(loop.run_until([&] { return !broker.downs.empty(); }));
    BOOST_TEST(broker.ups == 0);
    return broker.downs[0];
  }

  /// Why this queue or exchange cannot be declared. The connection is up all the same.
  std::string first_problem(topology declare, const std::string& name) {
    broker_client broker(loop, options, std::move(declare));
    broker.wait_up();
    BOOST_TEST(broker.downs.empty());
    return broker.results[name].problem;
  }
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refusals, refusal_fixture)

BOOST_AUTO_TEST_CASE(a_wrong_password_is_called_so) {
  options.hosts[0].password = millrace::config::secret("not the password");
  auto why = first_down();
  BOOST_TEST(contains(why, "refused the login of user 'guest'"), why);
  BOOST_TEST(contains(why, "ACCESS_REFUSED"), why);
  BOOST_TEST(!contains(why, "not the password"), why);
}

BOOST_AUTO_TEST_CASE(a_missing_vhost_is_named) {
  options.hosts[0].vhost = "missing";
  auto why = first_down();
  BOOST_TEST(contains(why, "open vhost 'missing'"), why);
  BOOST_TEST(contains(why, "NOT_ALLOWED"), why);
}

BOOST_AUTO_TEST_CASE(a_closed_port_is_a_refused_connection) {
  options.hosts[0].port = 1;
  auto why = first_down();
  BOOST_TEST(contains(why, "connection refused"), why);
  BOOST_TEST(contains(why, ":1"), why);
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_a_failed_lookup) {
  options.hosts[0].host = "no-such-host.invalid";
  auto why = first_down();
  BOOST_TEST(contains(why, "cannot look up"), why);
  BOOST_TEST(contains(why, "no-such-host.invalid"), why);
}

BOOST_AUTO_TEST_CASE(one_dead_host_among_two_does_not_matter) {
  auto dead = options.hosts[0];
  dead.port = 1;
  options.hosts.push_back(dead);
  broker_client broker(loop, options);
  broker.wait_up();
  BOOST_TEST(broker.downs.size() <= 1U);
}

BOOST_AUTO_TEST_CASE(a_queue_with_other_arguments_is_named_in_the_broker_s_words) {
  {
    broker_client broker(loop, options, queue_named("q", {{"x-max-priority", field_value{std::int64_t{10}}}}));
    broker.wait_up();
  }
  auto why = first_problem(queue_named("q", {{"x-max-priority", field_value{std::int64_t{5}}}}), "q");
  BOOST_TEST(contains(why, "cannot declare queue 'q'"), why);
  BOOST_TEST(contains(why, "inequivalent arg 'x-max-priority'"), why);
}

BOOST_AUTO_TEST_CASE(the_declaration_at_fault_is_found_among_many) {
  topology many;
  many.exchanges = {{"first", "topic", {}}, {"second", "fanout", {}}};
  many.queues = {{"one", {}}, {"two", {}}};
  many.bindings = {{"first", "one", "a.#"}, {"missing", "two", "b.#"}};
  auto why = first_problem(many, "two");
  BOOST_TEST(contains(why, "binding of queue 'two' to exchange 'missing' by 'b.#'"), why);
  many.bindings.pop_back();
  many.exchanges[1].kind = "no-such-kind";
  why = first_down(many);  // RabbitMQ closes the connection for this one
  BOOST_TEST(contains(why, "unknown exchange type 'no-such-kind'"), why);
}

BOOST_AUTO_TEST_CASE(an_unroutable_message_is_returned_and_its_neighbours_are_not) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  std::vector<confirm> answers(20, confirm::unknown);
  std::string why;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    properties props;
    props.message_id = std::to_string(i);
    broker->publish({"", i % 2 == 0 ? "q" : "nobody", props, "x"}, [&, i](confirm what, const std::string& text) {
      answers[i] = what;
      if (what == confirm::returned) why = text;
      ++answered;
    });
  }
  BOOST_REQUIRE(loop.run_until([&] { return answered == answers.size(); }));
  for (std::size_t i = 0; i < answers.size(); ++i)
    BOOST_TEST((answers[i] == (i % 2 == 0 ? confirm::accepted : confirm::returned)), "message " << i);
  BOOST_TEST(contains(why, "NO_ROUTE"), why);
}

BOOST_AUTO_TEST_CASE(a_message_that_would_close_the_channel_is_not_sent) {
  broker_client broker(loop, options, queue_named("q"));
  broker.wait_up();
  properties props;
  props.expiration = "soon";
  BOOST_TEST((broker.publish("q", "x", props).first == confirm::returned));
  props = {};
  props.user_id = "somebody";
  BOOST_TEST((broker.publish("q", "x", props).first == confirm::returned));
  props = {};
  props.headers = {{std::string(300, 'n'), field_value{true}}};
  BOOST_TEST((broker.publish("q", "x", props).first == confirm::returned));
  props.headers = {{"n", field_value{std::string(200'000, 'v')}}};
  BOOST_TEST((broker.publish("q", "x", props).first == confirm::returned));
  BOOST_TEST((broker.publish(std::string(300, 'k'), "x").first == confirm::returned));
  BOOST_TEST((broker.publish("q", "good").first == confirm::accepted));
  BOOST_TEST(broker.downs.empty());
}

BOOST_AUTO_TEST_SUITE_END()
