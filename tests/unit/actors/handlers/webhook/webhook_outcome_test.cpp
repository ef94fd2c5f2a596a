#include "actors/handlers/webhook/webhook_outcome.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::handlers;
using namespace std::chrono_literals;

namespace {

const std::chrono::system_clock::time_point now{std::chrono::seconds{784'111'777}};  // Sun, 06 Nov 1994 08:49:37 GMT

outcome answer(long status, const char* retry_after = nullptr) {
  http::response r;
  r.status = status;
  if (retry_after != nullptr) r.headers = {{"retry-after", retry_after}};
  return webhook_outcome(r, now);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_outcomes)

BOOST_AUTO_TEST_CASE(only_2xx_succeeds) {
  for (const long status : {200, 202, 204, 299}) {
    const auto o = answer(status);
    BOOST_REQUIRE(std::holds_alternative<succeeded>(o));
    BOOST_TEST(std::get<succeeded>(o).result == "{\"status\":" + std::to_string(status) + "}");
  }
}

BOOST_AUTO_TEST_CASE(an_incomplete_response_counts_by_its_status_and_says_what_is_cut) {
  http::response r;
  r.status = 200;
  r.incomplete = "transfer closed with 93 bytes \"remaining\"";
  BOOST_TEST(std::get<succeeded>(webhook_outcome(r, now)).result ==
             R"({"status":200,"incomplete":"transfer closed with 93 bytes \"remaining\""})");
  r.status = 503;
  r.headers = {{"retry-after", "7"}};
  const auto failed = std::get<retry>(webhook_outcome(r, now));
  BOOST_TEST((failed.after == 7s));
  BOOST_TEST(failed.error.starts_with("HTTP 503 (response incomplete: "));
  r.status = 410;
  BOOST_TEST(std::holds_alternative<dead>(webhook_outcome(r, now)));
}

BOOST_AUTO_TEST_CASE(status_410_is_dead_immediately) {
  const auto o = answer(410, "5");
  BOOST_REQUIRE(std::holds_alternative<dead>(o));
  BOOST_TEST((std::get<dead>(o).reason == dead_reason::rejected));
}

BOOST_AUTO_TEST_CASE(other_answers_are_failed_attempts_that_wait_for_the_back_off) {
  for (const long status : {0, 100, 301, 302, 307, 400, 401, 404, 429, 500, 503}) {
    const auto o = answer(status);
    BOOST_REQUIRE(std::holds_alternative<retry>(o));
    BOOST_TEST(!std::get<retry>(o).after);
    BOOST_TEST(std::get<retry>(o).error == "HTTP " + std::to_string(status));
  }
}

BOOST_AUTO_TEST_CASE(retry_after_counts_for_429_and_5xx_only) {
  for (const long status : {429, 500, 502, 503, 504}) BOOST_TEST((std::get<retry>(answer(status, "7")).after == 7s));
  for (const long status : {302, 400, 404}) BOOST_TEST(!std::get<retry>(answer(status, "7")).after);
}

BOOST_AUTO_TEST_CASE(retry_after_is_clamped) {
  BOOST_TEST((parse_retry_after("0", now) == 1s));
  BOOST_TEST((parse_retry_after("86400", now) == 24h));
  BOOST_TEST((parse_retry_after("86401", now) == 24h));
  BOOST_TEST((parse_retry_after("999999999999999999999999999999", now) == 24h));
}

BOOST_AUTO_TEST_CASE(retry_after_may_be_a_date) {
  BOOST_TEST((parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now) == 60s));
  BOOST_TEST((parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now) == 1s));
  BOOST_TEST((parse_retry_after("Thu, 31 Dec 9999 23:59:59 GMT", now) == 24h));
}

BOOST_AUTO_TEST_CASE(any_other_retry_after_is_ignored) {
  for (const char* text :
       {"", "-5", "+5", "5s", "5.5", " 5", "soon", "Sun, 06 Nov 1994 08:50:37 CET", "Sun, 31 Feb 1994 08:50:37 GMT",
        "Sun, 06 Now 1994 08:50:37 GMT", "Sun, 06 ovD 1994 08:50:37 GMT", "Sun, 06 Nov 1994 25:50:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, -6 Nov 1994 08:50:37 GMT"})
    BOOST_TEST(!parse_retry_after(text, now).has_value(), text);
}

BOOST_AUTO_TEST_CASE(the_error_quotes_the_start_of_the_response) {
  http::response r;
  r.status = 422;
  r.body = "no such\x01 hook" + std::string(10'000, 'x');
  const auto error = std::get<retry>(webhook_outcome(r, now)).error;
  BOOST_TEST(error.starts_with("HTTP 422: "));
  BOOST_TEST(error.find("no such? hook") != std::string::npos);
  BOOST_TEST(error.size() < 200U);
}

BOOST_AUTO_TEST_CASE(a_url_at_fault_is_dead_and_trouble_on_the_way_a_retry) {
  using http::transfer_error;
  const auto reason = [](transfer_error e) { return std::get<dead>(webhook_outcome(http::failure{e, "x"})).reason; };
  BOOST_TEST((reason(transfer_error::bad_url) == dead_reason::invalid_payload));
  BOOST_TEST((reason(transfer_error::forbidden_address) == dead_reason::rejected));
  for (const auto e : {transfer_error::resolve, transfer_error::connect, transfer_error::tls, transfer_error::timeout,
                       transfer_error::other}) {
    const auto o = webhook_outcome(http::failure{e, "why"});
    BOOST_REQUIRE(std::holds_alternative<retry>(o));
    BOOST_TEST(std::get<retry>(o).error == "why");
  }
  const auto blocked_for = webhook_outcome(http::failure{transfer_error::circuit_open, "not sent", std::chrono::seconds{7}});
  BOOST_TEST((std::get<snooze>(blocked_for).after == std::chrono::seconds{7}));  // no attempt
}

BOOST_AUTO_TEST_SUITE_END()
