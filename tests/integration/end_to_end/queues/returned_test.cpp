// Tasks that the broker returned or could not route: nothing was executed, so nothing may be charged for it.
#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

using namespace millrace::test;
using nlohmann::json;

namespace {

const json mail{{"to", "a@example.org"}, {"subject", "x"}, {"text", "y"}};

struct returning_scene : scene {
  std::string ask(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::nontransaction read{db};
    return read.exec1(sql)[0].c_str();
  }
  /// Publishes through the management API: unlike the command line, that does not declare the bindings again.
  void publish(const std::string& id) const {
    const json properties{{"message_id", id}, {"content_type", "application/json"}, {"delivery_mode", 2}};
    rabbit_api("POST", "/api/exchanges/" + vhost() + "/millrace/publish",
               {{"routing_key", "notification.email"},
                {"payload", mail.dump()},
                {"payload_encoding", "string"},
                {"properties", properties}});
  }
  /// Receives the waiting message and returns it; false if there is none.
  bool return_message() const {
    return !rabbit_api("POST", "/api/queues/" + vhost() + "/email/get",
                       {{"count", 1}, {"ackmode", "ack_requeue_true"}, {"encoding", "auto"}})
                .empty();
  }
  bool republished(const std::string& queue) const {
    const auto metrics = http_get(monitoring("/metrics")).second;
    return metrics.find("millrace_tasks_republished_total{queue=\"" + queue + "\"} ") != std::string::npos &&
           metrics.find("millrace_tasks_republished_total{queue=\"" + queue + "\"} 0\n") == std::string::npos;
  }
  void check_executed_once() {
    BOOST_REQUIRE(wait_until([&] { return mails().size() == 1; }));
    BOOST_REQUIRE(settle(std::chrono::seconds{30}));
    BOOST_TEST(mails().size() == 1U);
    BOOST_TEST(ask("select state || ' ' || attempt from millrace.task") == "succeeded 1");
    BOOST_TEST(ask("select count(*) from millrace.dead_letter") == "0");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(returned_tasks, returning_scene)

BOOST_AUTO_TEST_CASE(a_task_that_was_returned_often_is_published_again_and_executed) {
  BOOST_REQUIRE_EQUAL(run({"publish", "notification.email", mail.dump(), "--id", "returned"}), 0);
  for (int returns = 0; returns < 6; ++returns) BOOST_REQUIRE(wait_until([&] { return return_message(); }));
  serve();
  check_executed_once();
  BOOST_TEST(republished("email"));
}

BOOST_AUTO_TEST_CASE(a_task_that_finds_no_queue_for_a_while_is_executed_once_there_is_one) {
  serve();
  const auto binding = "/api/bindings/" + vhost() + "/e/millrace/q/email";
  rabbit_api("DELETE", binding + "/notification.email");
  publish("unrouted");
  BOOST_REQUIRE(wait_until([&] { return republished("dead-letter"); }));
  rabbit_api("POST", binding, {{"routing_key", "notification.email"}});
  check_executed_once();
}

BOOST_AUTO_TEST_SUITE_END()
