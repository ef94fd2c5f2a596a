#include "actors/handlers/webhook/webhook_handler.hpp"
#include "runtime/task/effect_context.hpp"
#include "tests/integration/connectors/http/http_fixture.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::handlers;
using namespace millrace::test;

namespace {

outcome deliver(const std::string& url, http::client_options options = http_fixture::local(),
                std::chrono::milliseconds timeout = std::chrono::seconds{20}) {
  http_fixture f{std::move(options)};
  effect_context context{{.http = &f.client()}};
  webhook_handler handler{secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, {}, timeout};
  std::promise<outcome> ended;
  const auto t = make_task("notification.webhook", nlohmann::json{{"url", url}, {"event", "a.b"}}.dump());
  handler.execute(t, context, completion{[&](outcome o) { ended.set_value(std::move(o)); }});
  return ended.get_future().get();
}

outcome answered_with(const std::string& head) {
  scripted_server server{[&](connection& c) {
    c.read_request();
    c.write("HTTP/1.1 " + head + "\r\nContent-Length: 0\r\n\r\n");
    c.wait_closed();
  }};
  return deliver("http://" + server.address() + "/");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_delivery)

BOOST_AUTO_TEST_CASE(the_status_decides_if_the_body_is_broken) {
  const auto broken = [](const std::string& status) {
    scripted_server server{[&](connection& c) {
      c.read_request();
      c.write("HTTP/1.1 " + status + " X\r\nContent-Length: 100\r\n\r\n7 bytes");
    }};
    auto o = deliver("http://" + server.address() + "/");
    BOOST_TEST(server.connections() == 1);
    return o;
  };
  BOOST_TEST(std::get<succeeded>(broken("200")).result ==
             R"({"status":200,"incomplete":"transfer closed with 93 bytes remaining to read"})");
  BOOST_TEST((std::get<dead>(broken("410")).reason == dead_reason::rejected));
  BOOST_TEST(std::get<retry>(broken("500")).error.starts_with("HTTP 500: '7 bytes'"));
}

BOOST_AUTO_TEST_CASE(a_receiver_can_verify_the_signature) {
  std::promise<std::string> seen;
  scripted_server server{[&](connection& c) {
    seen.set_value(c.read_request());
    c.write("HTTP/1.1 204 No Content\r\n\r\n");
    c.wait_closed();
  }};
  const auto o = deliver("http://" + server.address() + "/hook");
  BOOST_REQUIRE(std::holds_alternative<succeeded>(o));
  BOOST_TEST(std::get<succeeded>(o).result == R"({"status":204})");
  const auto request = seen.get_future().get();
  const auto value = [&](const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ") + name.size() + 4;
    return request.substr(at, request.find("\r\n", at) - at);
  };
  const auto body = request.substr(request.find("\r\n\r\n") + 4);
  const standard_webhooks::key key{secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  BOOST_TEST(value("webhook-signature") == key.sign(value("webhook-id"), std::stoll(value("webhook-timestamp")), body));
  BOOST_TEST(value("content-type") == "application/json");
}

BOOST_AUTO_TEST_CASE(the_answer_decides) {
  BOOST_TEST(std::holds_alternative<retry>(answered_with("302 Found\r\nLocation: http://169.254.169.254/")));
  BOOST_TEST(std::holds_alternative<retry>(answered_with("500 Oops")));
  BOOST_TEST(std::holds_alternative<dead>(answered_with("410 Gone")));
  const auto busy = answered_with("429 Busy\r\nRetry-After: 120");
  BOOST_REQUIRE(std::holds_alternative<retry>(busy));
  BOOST_TEST((std::get<retry>(busy).after == std::chrono::seconds{120}));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_hangs_is_a_retry) {
  scripted_server server{[](connection& c) { c.wait_closed(); }};
  const auto o = deliver("http://" + server.address() + "/", http_fixture::local(), std::chrono::milliseconds{200});
  BOOST_TEST(std::holds_alternative<retry>(o));
}

BOOST_AUTO_TEST_CASE(an_address_of_the_inner_network_is_dead_and_untouched) {
  scripted_server server{[](connection& c) { c.wait_closed(); }};
  const auto o = deliver("https://" + server.address() + "/", {});
  BOOST_REQUIRE(std::holds_alternative<dead>(o));
  BOOST_TEST((std::get<dead>(o).reason == dead_reason::rejected));
  const auto plain = deliver("http://" + server.address() + "/", {});
  BOOST_REQUIRE(std::holds_alternative<dead>(plain));
  BOOST_TEST((std::get<dead>(plain).reason == dead_reason::invalid_payload));
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
