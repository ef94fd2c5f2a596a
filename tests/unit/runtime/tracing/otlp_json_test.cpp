#include "runtime/tracing/otlp_json.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace;
using namespace millrace::tracing;
using nlohmann::json;

namespace {

span make_span() {
  span s;
  const auto where = *parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  s.trace = where.trace;
  s.parent = where.parent;
  s.id = {0, 1, 2, 3, 0xa, 0xb, 0xc, 0xff};
  s.name = "process email";
  s.kind = span_kind::consumer;
  s.start = wall_time{std::chrono::microseconds{1'700'000'000'123'456}};
  s.end = s.start + std::chrono::milliseconds{2};
  s.attributes = {{"messaging.system", "rabbitmq"}, {"millrace.attempt", std::int64_t{2}}};
  return s;
}

json body_of(const std::vector<span>& spans) { return json::parse(otlp_json({"mill", "node-1/abc"}, spans)); }
json one(const span& s) { return body_of({s})["resourceSpans"][0]["scopeSpans"][0]["spans"][0]; }

}  // namespace

BOOST_AUTO_TEST_SUITE(otlp)

BOOST_AUTO_TEST_CASE(a_span_is_written_as_the_json_mapping_says) {
  const auto expected = json::parse(R"({
    "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "000102030a0b0cff", "parentSpanId": "b7ad6b7169203331",
    "name": "process email", "kind": 5,
    "startTimeUnixNano": "1700000000123456000", "endTimeUnixNano": "1700000000125456000",
    "attributes": [{"key": "messaging.system", "value": {"stringValue": "rabbitmq"}},
                   {"key": "millrace.attempt", "value": {"intValue": "2"}}]})");
  BOOST_TEST(one(make_span()) == expected);
}

BOOST_AUTO_TEST_CASE(resource_and_scope_name_the_service) {
  const auto body = body_of({make_span(), make_span()});
  BOOST_TEST(body.size() == 1U);
  BOOST_TEST(body["resourceSpans"].size() == 1U);
  const auto& of = body["resourceSpans"][0];
  const auto attributes = json::parse(R"([{"key": "service.name", "value": {"stringValue": "mill"}},
      {"key": "service.instance.id", "value": {"stringValue": "node-1/abc"}},
      {"key": "service.version", "value": {"stringValue": ")" MILLRACE_VERSION R"("}}])");
  BOOST_TEST(of["resource"]["attributes"] == attributes);
  BOOST_TEST(of["scopeSpans"].size() == 1U);
  BOOST_TEST(of["scopeSpans"][0]["scope"]["name"] == "millrace");
  BOOST_TEST(of["scopeSpans"][0]["spans"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_first_span_of_a_trace_names_no_parent) {
  auto s = make_span();
  s.parent = {};
  BOOST_TEST(!one(s).contains("parentSpanId"));
}

BOOST_AUTO_TEST_CASE(a_failure_is_a_status_and_success_is_none) {
  BOOST_TEST(!one(make_span()).contains("status"));
  auto s = make_span();
  s.error = "no \xff answer";
  const auto shown = one(s);
  BOOST_TEST(shown["status"]["code"] == 2);
  BOOST_TEST(shown["status"]["message"] == "no \xef\xbf\xbd answer");
}

BOOST_AUTO_TEST_CASE(texts_are_bounded_and_times_never_run_backwards) {
  auto s = make_span();
  s.attributes = {{"long", std::string(5'000, 'x')}};
  s.end = s.start - std::chrono::seconds{1};
  const auto shown = one(s);
  BOOST_TEST(shown["attributes"][0]["value"]["stringValue"].get<std::string>().size() == 1'024U);
  BOOST_TEST(shown["endTimeUnixNano"] == shown["startTimeUnixNano"]);
  s.start = s.end = wall_time{std::chrono::seconds{-5}};
  BOOST_TEST(one(s)["startTimeUnixNano"] == "0");
}

BOOST_AUTO_TEST_CASE(a_collector_may_refuse_some_of_a_batch) {
  BOOST_TEST(rejected_spans(R"({"partialSuccess": {"rejectedSpans": "17", "errorMessage": "too old"}})") == 17U);
  BOOST_TEST(rejected_spans(R"({"partialSuccess": {"rejectedSpans": 17}})") == 17U);
  for (const auto* other : {"", "{}", "[]", "{", R"({"partialSuccess": null})", R"({"partialSuccess": {}})",
                            R"({"partialSuccess": []})", R"({"partialSuccess": {"rejectedSpans": "many"}})",
                            R"({"partialSuccess": {"rejectedSpans": -1}})", R"({"partialSuccess": {"rejectedSpans": {}}})"})
    BOOST_TEST(rejected_spans(other) == 0U, other);
}

BOOST_AUTO_TEST_SUITE_END()
