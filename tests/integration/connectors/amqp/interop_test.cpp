#include "tests/unit/connectors/amqp/broker_client.hpp"

#include <cstdio>

using namespace millrace::amqp;
using namespace millrace::amqp::test;

namespace {

/// Runs a program of Debian's amqp-tools, which use another client library (librabbitmq), and returns its output.
std::string run(const std::string& command) {
  auto* pipe = popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  std::string out;
  char buffer[4096];
  while (auto count = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, count);
  BOOST_REQUIRE_EQUAL(pclose(pipe), 0);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interop)

BOOST_AUTO_TEST_CASE(amqp_tools_and_our_client_read_each_others_messages) {
  millrace::test::test_vhost vhost;
  driven_loop loop;
  broker_client broker(loop, options_for(vhost.url()), queue_named("q"));
  broker.wait_up();
  properties props;
  props.headers = {{"depth", field_value{field_table{{"list", field_value{field_array{field_value{true}}}}}}}};
  broker.publish("q", "ours", props);
  auto url = "--url='" + vhost.url() + "'";
  BOOST_TEST(run("amqp-get -q q " + url) == "ours");
  run("amqp-publish -r q -p -C text/plain -b theirs " + url);
  kept_subscription kept;
  broker->subscribe({"q", 1}, kept.events());
  BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
  BOOST_TEST(kept.deliveries[0].message.body == "theirs");
  auto got = decode_properties(kept.deliveries[0].message.raw_properties).value();
  BOOST_TEST(got.content_type == "text/plain");
  BOOST_TEST(int{got.delivery_mode} == 2);
}

BOOST_AUTO_TEST_SUITE_END()
