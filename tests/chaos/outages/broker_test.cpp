// Faults of the RabbitMQ server itself.
#include "tests/chaos/outages/outage.hpp"

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;
using boost::unit_test::precondition;
using server = own_servers::server;

namespace {

void restart(int signal) {
  outage o;
  o.begin();
  // RabbitMQ 3.10 writes the registry of quorum queues late: one declared just before a crash is lost.
  o.servers.rabbitmqctl({"eval", "[dets:sync(T) || T <- dets:all()]."});
  o.servers.stop(server::rabbitmq, signal);
  BOOST_REQUIRE(o.noticed());
  o.servers.resume(server::rabbitmq);
  o.recover();
}

void publish(outage& o, const std::vector<std::string>& how) {
  std::vector<std::string> command{"publish", "notification.email", R"({"to":"a@example.org","subject":"x","text":"y"})"};
  command.insert(command.end(), how.begin(), how.end());
  BOOST_REQUIRE_EQUAL(o.s.run(command, {{"MILLRACE_AMQP_URL", o.s.amqp_url()}}), 0);  // bypasses the proxy
}

int ended_well(outage& o, const std::string& which) {
  return std::stoi(o.query("select count(*) from millrace.task where state = 'succeeded' and " + which));
}

/// Waits until the broker reports a consumer of the queue.
bool consumed(outage& o, const std::string& queue) {
  return wait_until([&] {
    try {
      return rabbit_api("GET", "/api/queues/" + o.s.vhost() + "/" + queue).value("consumers", 0) > 0;
    } catch (const std::exception&) {
      return false;  // the queue does not exist yet
    }
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(broker_server)

BOOST_AUTO_TEST_CASE(a_clean_restart_costs_nothing_but_time, *precondition(in_long_mode)) { restart(SIGTERM); }

BOOST_AUTO_TEST_CASE(nor_does_a_killed_broker) { restart(SIGKILL); }

BOOST_AUTO_TEST_CASE(a_frozen_broker_is_given_up_after_two_heartbeats_and_found_again, *precondition(in_long_mode)) {
  outage o;
  o.begin();
  o.servers.signal(server::rabbitmq, SIGSTOP);
  BOOST_REQUIRE(o.noticed());
  o.servers.signal(server::rabbitmq, SIGCONT);
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_memory_alarm_blocks_publishing_and_not_the_work) {
  outage o;
  o.begin();
  o.servers.rabbitmqctl({"set_vm_memory_high_watermark", "0"});
  BOOST_REQUIRE(wait_until([&] { return o.s.in_progress().find("queue") == std::string::npos; }));
  BOOST_REQUIRE_EQUAL(o.metric("millrace_connection_up", "amqp_consume"), 1);
  o.servers.rabbitmqctl({"set_vm_memory_high_watermark", "absolute", "1GB"});
  o.recover();
}

BOOST_AUTO_TEST_CASE(a_deleted_queue_is_declared_again_and_consumed) {
  outage o;
  o.begin(300);
  o.recover();
  rabbit_api("DELETE", "/api/queues/" + o.s.vhost() + "/email");
  BOOST_REQUIRE(consumed(o, "email"));
  publish(o, {"--id", "after"});
  BOOST_CHECK(wait_until([&] { return ended_well(o, "original_id = 'after'") == 1; }));
  o.check_no_attempts_used();
}

BOOST_AUTO_TEST_CASE(connections_closed_by_an_operator_are_reopened, *precondition(in_long_mode)) {
  outage o;
  o.begin();
  for (int round = 0; round < 3; ++round) {
    auto before = o.metric("millrace_reconnects_total", "amqp_consume");
    o.servers.rabbitmqctl({"close_all_connections", "--vhost", o.s.vhost(), "by the test"});
    BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_reconnects_total", "amqp_consume") > before; }));
  }
  o.recover();
}

BOOST_AUTO_TEST_CASE(unconfirmed_publishes_are_repeated_and_count_once, *precondition(in_long_mode)) {
  constexpr int delayed = 50;
  outage o;
  o.s.serve();
  o.amqp.hold_confirms(true);
  publish(o, {"--delay", "1s", "--count", std::to_string(delayed)});
  BOOST_REQUIRE(wait_until([&] { return o.metric("millrace_outbox_publish_failures_total", "no_answer") > 0; }));
  o.amqp.heal();
  BOOST_REQUIRE(wait_until(
      [&] { return ended_well(o, "true") == delayed && o.query("select count(*) from millrace.outbox") == "0"; }));
  check_promise(o.s, {});
  o.check_no_attempts_used();
  BOOST_CHECK_EQUAL(o.s.mails().size(), static_cast<std::size_t>(delayed));
}

BOOST_AUTO_TEST_CASE(a_channel_closed_by_the_broker_is_opened_again) {
  outage o;
  // A channel reads the consumer timeout when it is opened, and checks its deliveries at every tick.
  o.servers.rabbitmqctl({"eval", "application:set_env(rabbit, consumer_timeout, 1)."});
  o.begin();
  o.database.set({.stalled = true});  // so that a delivery waits for its acknowledgement at every tick
  publish(o, {"--id", "held"});
  auto closed = [&] {
    o.servers.rabbitmqctl({"eval", "[P ! tick || P <- rabbit_channel:list_local()]."});
    return o.s.log().find("PRECONDITION_FAILED") != std::string::npos;
  };
  bool happened = wait_until(closed);
  o.servers.rabbitmqctl({"eval", "application:set_env(rabbit, consumer_timeout, 1800000)."});
  o.database.heal();
  BOOST_REQUIRE(happened);
  o.recover();
  BOOST_CHECK(wait_until([&] { return ended_well(o, "original_id = 'held'") == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
