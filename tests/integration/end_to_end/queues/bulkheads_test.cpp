// A queue that cannot be declared: the other queues run, and the reason is named wherever an operator looks.
#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::test;
using nlohmann::json;

namespace {

struct bulkhead_scene : scene {
  bool ready_answer_has(const std::string& text) const {
    return http_get(monitoring("/readyz")).second.find(text) != std::string::npos;
  }
  bool metric(const std::string& line) const {
    return http_get(monitoring("/metrics")).second.find("\n" + line + "\n") != std::string::npos;
  }
  bool output_has(const std::string& text) const { return output().find(text) != std::string::npos; }
  int publish_webhook(const std::string& id) {
    json payload{{"url", webhook_url() + "/hook"}, {"event", "paid"}, {"data", json::object()}};
    return run({"publish", "notification.webhook", payload.dump(), "--id", id});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulkheads, bulkhead_scene)

BOOST_AUTO_TEST_CASE(a_queue_with_other_arguments_is_named_with_what_to_do_while_the_others_run) {
  rabbit_api("PUT", "/api/queues/" + vhost() + "/email", {{"durable", true}, {"arguments", {{"x-queue-type", "classic"}}}});
  start({});
  const std::string problem =
      "queue 'email' exists with other arguments: x-dead-letter-exchange is none and must be millrace.dead";
  BOOST_REQUIRE(wait_until([&] { return ready_answer_has(problem) || !server().running(); }));
  BOOST_REQUIRE(wait_until([&] {
    return metric("millrace_queue_up{part=\"consumed\",queue=\"webhook\"} 1") ||
           metric("millrace_queue_up{queue=\"webhook\",part=\"consumed\"} 1");
  }));
  BOOST_TEST((metric("millrace_queue_up{queue=\"email\",part=\"declared\"} 0") ||
              metric("millrace_queue_up{part=\"declared\",queue=\"email\"} 0")));
  BOOST_REQUIRE_EQUAL(publish_webhook("hook-1"), 0);
  BOOST_TEST(wait_until([&] { return webhooks().size() == 1; }));
  BOOST_TEST(log().find("queue cannot be declared") != std::string::npos);
  BOOST_TEST(log().find("drain the queue") != std::string::npos);

  BOOST_TEST(run({"doctor"}) == 1);
  BOOST_TEST(output_has(problem), output());
  BOOST_TEST(output_has("what to do: drain the queue"), output());
  BOOST_TEST(run({"publish", "notification.email", R"({"to":"a@example.org","subject":"Hi","text":"Hello"})"}) == 1);
  BOOST_TEST(output_has("cannot declare queue 'email'"), output());

  rabbit_api("DELETE", "/api/queues/" + vhost() + "/email");
  BOOST_REQUIRE(ready());
  BOOST_REQUIRE_EQUAL(run({"publish", "notification.email", R"({"to":"a@example.org","subject":"Hi","text":"Hello"})"}), 0);
  BOOST_TEST(wait_until([&] { return mails().size() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
