#include "monitoring/metrics/health.hpp"

#include "monitoring/endpoint/replies.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::monitoring;

BOOST_AUTO_TEST_SUITE(health_state)

BOOST_AUTO_TEST_CASE(a_node_is_ready_when_every_expected_component_is) {
  health h;
  h.expect("broker");
  h.expect("database");
  BOOST_TEST(!h.ready());
  h.report("broker", true);
  BOOST_TEST(!h.ready());
  h.report("database", true);
  BOOST_TEST(h.ready());
  h.report("broker", false, "connection refused");
  BOOST_TEST(!h.ready());
  BOOST_TEST(h.components().at("broker").reason == "connection refused");
}

BOOST_AUTO_TEST_CASE(an_expected_component_without_a_report_is_not_started) {
  health h;
  h.expect("queue email");
  BOOST_TEST(h.components().at("queue email").reason == "not started");
}

BOOST_AUTO_TEST_CASE(expecting_again_keeps_the_reported_status) {
  health h;
  h.expect("broker");
  h.report("broker", true, "ignored when ready");
  h.expect("broker");
  BOOST_TEST(h.ready());
  BOOST_TEST(h.components().at("broker").reason == "");
}

BOOST_AUTO_TEST_CASE(readiness_is_shown_as_json) {
  health h;
  BOOST_TEST(readiness_json(h) == "{\"ready\":true,\"components\":{}}\n");
  h.report("database", true);
  h.report("broker", false, "refused: \"\xff\n\"");
  BOOST_TEST(readiness_json(h) ==
             "{\"ready\":false,\"components\":{\"broker\":{\"ready\":false,\"reason\":\"refused: \\\"\\ufffd\\n\\\"\"},"
             "\"database\":{\"ready\":true}}}\n");
}

BOOST_AUTO_TEST_CASE(readiness_and_liveness_are_independent) {
  const metrics m;
  health h;
  h.expect("broker");
  BOOST_TEST(answer("GET", "/healthz", m, h).status == 200);
  BOOST_TEST(answer("GET", "/readyz", m, h).status == 503);
  h.report("broker", true);
  BOOST_TEST(answer("GET", "/readyz", m, h).status == 200);
}

BOOST_AUTO_TEST_CASE(other_paths_and_methods_are_rejected) {
  const metrics m;
  const health h;
  BOOST_TEST(answer("GET", "/", m, h).status == 404);
  BOOST_TEST(answer("GET", "/metrics/", m, h).status == 404);
  BOOST_TEST(answer("POST", "/metrics", m, h).status == 405);
  BOOST_TEST(answer("DELETE", "/nope", m, h).status == 404);
  BOOST_TEST(answer("HEAD", "/healthz", m, h).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
