#include "actors/handlers/webhook/webhook_handler.hpp"

#include "tests/support/fake_http_client.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <stdexcept>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::handlers;
using namespace millrace::test;

namespace {

const secret first{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
const secret second{"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"};

task hook(std::string payload = R"({"url":"https://example.org/h","event":"a.b","data":{"z":1,"a":[true]}})") {
  auto t = make_task("notification.webhook", std::move(payload));
  t.published_at = wall_time{std::chrono::seconds{1'600'000'000}};
  return t;
}

std::map<std::string, std::string> headers(const http::request& r) { return {r.headers.begin(), r.headers.end()}; }

const char* const bad_payloads[] = {
    "[]",
    "3",
    R"({"event":"a.b"})",
    R"({"url":"https://example.org/"})",
    R"({"url":1,"event":"a.b"})",
    R"({"url":"","event":"a.b"})",
    R"({"url":"https://example.org/","event":""})",
    R"({"url":"https://example.org/","event":"a b"})",
    R"({"url":"https://example.org/","event":"a\nb"})",
    R"({"url":"https://example.org/","event":"a.b","secret":"x"})",
    R"({"url":)",
    "",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_handlers)

BOOST_AUTO_TEST_CASE(the_request_is_a_standard_webhook) {
  effect_bench bench;
  bench.http.answers.emplace_back(http::response{200, {}, "fine"});
  webhook_handler handler{first, {}, std::chrono::seconds{7}};
  auto t = hook();
  t.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto o = bench.run(handler, t);
  BOOST_REQUIRE(o);
  BOOST_REQUIRE(std::holds_alternative<succeeded>(*o));
  BOOST_TEST(std::get<succeeded>(*o).result == R"({"status":200})");
  BOOST_TEST((bench.answered == std::vector<long>{200}));

  BOOST_REQUIRE(bench.http.requests.size() == 1U);
  const auto& r = bench.http.requests[0];
  BOOST_TEST(r.method == "POST");
  BOOST_TEST(r.url == "https://example.org/h");
  BOOST_TEST((r.timeout == std::chrono::seconds{7}));
  BOOST_TEST(r.body == R"({"type":"a.b","timestamp":"2020-09-13T12:26:40.000000Z","data":{"a":[true],"z":1}})");
  auto h = headers(r);
  BOOST_TEST(h["content-type"] == "application/json");
  BOOST_TEST(h["user-agent"].starts_with("Millrace/"));
  BOOST_TEST(h["webhook-id"] == "01890a5d-ac96-774b-bcce-b302099a8057");
  BOOST_TEST(h["webhook-timestamp"] == "1614265330");
  BOOST_TEST(h["traceparent"] == t.traceparent);
  BOOST_TEST(h["webhook-signature"] == standard_webhooks::key{first}.sign(h["webhook-id"], 1614265330, r.body));
}

BOOST_AUTO_TEST_CASE(while_a_secret_is_changed_both_sign) {
  effect_bench bench;
  webhook_handler handler{first, second};
  bench.run(handler, hook());
  auto h = headers(bench.http.requests.at(0));
  const auto& body = bench.http.requests[0].body;
  BOOST_TEST(h["webhook-signature"] == standard_webhooks::key{first}.sign(h["webhook-id"], 1614265330, body) + " " +
                                           standard_webhooks::key{second}.sign(h["webhook-id"], 1614265330, body));
}

BOOST_AUTO_TEST_CASE(without_a_secret_nothing_is_signed) {
  effect_bench bench;
  webhook_handler handler{secret{}};
  bench.run(handler, hook());
  BOOST_TEST(!headers(bench.http.requests.at(0)).contains("webhook-signature"));
}

BOOST_AUTO_TEST_CASE(a_bad_secret_stops_the_start) {
  BOOST_CHECK_THROW(webhook_handler(secret{"hunter2"}), std::invalid_argument);
  BOOST_CHECK_THROW(webhook_handler(first, secret{"hunter2"}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_later_attempt_sends_the_same_body_and_id_with_its_own_timestamp) {
  effect_bench bench;
  webhook_handler handler{first};
  auto t = hook();
  bench.run(handler, t);
  bench.now += std::chrono::seconds{60};
  t.attempt = 2;
  t.received_at += std::chrono::seconds{60};
  bench.run(handler, t);
  const auto one = headers(bench.http.requests.at(0)), two = headers(bench.http.requests.at(1));
  BOOST_TEST(bench.http.requests[0].body == bench.http.requests[1].body);
  BOOST_TEST(one.at("webhook-id") == two.at("webhook-id"));
  BOOST_TEST(two.at("webhook-timestamp") == "1614265390");
  BOOST_TEST(one.at("webhook-signature") != two.at("webhook-signature"));
}

BOOST_AUTO_TEST_CASE(data_may_be_left_out_or_be_any_value) {
  effect_bench bench;
  webhook_handler handler{secret{}};
  bench.run(handler, hook(R"({"url":"https://example.org/h","event":"a"})"));
  bench.run(handler, hook(R"({"url":"https://example.org/h","event":"a","data":[1,"x"]})"));
  BOOST_TEST(nlohmann::json::parse(bench.http.requests.at(0).body)["data"].dump() == "{}");
  BOOST_TEST(nlohmann::json::parse(bench.http.requests.at(1).body)["data"].dump() == R"([1,"x"])");
}

BOOST_AUTO_TEST_CASE(msgpack_is_read_like_json) {
  effect_bench bench;
  webhook_handler handler{secret{}};
  const auto bytes = nlohmann::json::to_msgpack({{"url", "https://example.org/h"}, {"event", "a"}, {"data", {{"b", 2}}}});
  auto t = hook(std::string{bytes.begin(), bytes.end()});
  t.content = content_type::msgpack;
  bench.run(handler, t);
  BOOST_TEST(nlohmann::json::parse(bench.http.requests.at(0).body)["data"].dump() == R"({"b":2})");
}

BOOST_AUTO_TEST_CASE(a_traceparent_that_is_none_is_not_passed_on) {
  effect_bench bench;
  webhook_handler handler{secret{}};
  auto t = hook();
  t.traceparent = "x\r\nEvil: 1";
  bench.run(handler, t);
  BOOST_TEST(!headers(bench.http.requests.at(0)).contains("traceparent"));
}

BOOST_DATA_TEST_CASE(a_bad_payload_is_dead_and_nothing_is_sent, boost::unit_test::data::make(bad_payloads), payload) {
  effect_bench bench;
  webhook_handler handler{secret{}};
  const auto o = bench.run(handler, hook(payload));
  BOOST_REQUIRE(o);
  BOOST_REQUIRE(std::holds_alternative<dead>(*o));
  BOOST_TEST((std::get<dead>(*o).reason == dead_reason::invalid_payload));
  BOOST_TEST(!std::get<dead>(*o).error.empty());
  BOOST_TEST(bench.http.requests.empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_forgets_the_request_leaves_a_retry) {
  effect_bench bench;
  webhook_handler handler{secret{}};
  BOOST_TEST(!bench.run(handler, hook()).has_value());
  bench.http.unanswered.clear();
  BOOST_REQUIRE(bench.outcomes.size() == 1U);
  BOOST_TEST(std::holds_alternative<retry>(bench.outcomes[0]));
}

BOOST_AUTO_TEST_SUITE_END()
