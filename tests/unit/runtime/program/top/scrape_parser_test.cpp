#include "runtime/program/top/scrape_parser.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>

using namespace millrace;
using namespace millrace::top;

namespace {

constexpr std::array<std::string_view, 2> wanted{"tasks_total", "lag"};

std::vector<metric_sample> read(std::string_view text) {
  auto found = parse_prometheus_text(text, wanted);
  BOOST_REQUIRE_MESSAGE(found, (found ? "" : found.error()));
  return std::move(*found);
}

std::string error_of(std::string_view text) {
  auto found = parse_prometheus_text(text, wanted);
  return found ? "accepted" : found.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prometheus_texts)

BOOST_AUTO_TEST_CASE(wanted_samples_are_parsed_with_their_labels) {
  auto found = read(
      "# HELP tasks_total Executions {that ended}.\n"
      "# TYPE tasks_total counter\n"
      "tasks_total{queue=\"email\",outcome=\"dead\"} 12\n"
      "other_total{queue=\"email\"} 5\n"
      "\n"
      "lag 0.25 1700000000000\n");
  BOOST_REQUIRE_EQUAL(found.size(), 2U);
  BOOST_TEST(found[0].name == "tasks_total");
  BOOST_TEST(found[0].label("queue") == "email");
  BOOST_TEST(found[0].label("outcome") == "dead");
  BOOST_TEST(found[0].label("type").empty());
  BOOST_TEST(found[0].value == 12);
  BOOST_TEST(found[1].name == "lag");
  BOOST_TEST(found[1].labels.empty());
  BOOST_TEST(found[1].value == 0.25);
}

BOOST_AUTO_TEST_CASE(blanks_escapes_and_a_trailing_comma_are_allowed_and_a_final_line_end_is_optional) {
  auto found = read("  tasks_total { a = \"x\\\\y\\\"z\\n\" , b=\"}, \" , }\t+1.5e3");
  BOOST_REQUIRE_EQUAL(found.size(), 1U);
  BOOST_TEST(found[0].label("a") == "x\\y\"z\n");
  BOOST_TEST(found[0].label("b") == "}, ");
  BOOST_TEST(found[0].value == 1500);
}

BOOST_AUTO_TEST_CASE(values_may_be_infinite_or_nan) {
  auto found = read("lag +Inf\nlag -Inf\nlag NaN\n");
  BOOST_REQUIRE_EQUAL(found.size(), 3U);
  BOOST_TEST((std::isinf(found[0].value) && found[0].value > 0));
  BOOST_TEST((std::isinf(found[1].value) && found[1].value < 0));
  BOOST_TEST(std::isnan(found[2].value));
}

BOOST_AUTO_TEST_CASE(a_malformed_line_is_rejected_with_its_number_even_if_its_metric_is_not_wanted) {
  BOOST_TEST(error_of("lag 1\nlag\n") == "line 2: invalid value");
  BOOST_TEST(error_of("<html>") == "line 1: name expected");
  BOOST_TEST(error_of("9lag 1") == "line 1: name expected");
  BOOST_TEST(error_of("lag 1x") == "line 1: invalid value");
  BOOST_TEST(error_of("lag 1 2 3") == "line 1: invalid time stamp");
  BOOST_TEST(error_of("other{a=\"b} 1") == "line 1: unterminated label value");
  BOOST_TEST(error_of("other{a=\"b\\") == "line 1: unterminated label value");
  BOOST_TEST(error_of("other{a=\"\\t\"} 1") == "line 1: unknown escape sequence");
  BOOST_TEST(error_of("other{a=b} 1") == "line 1: label value without quotes");
  BOOST_TEST(error_of("other{a} 1") == "line 1: = expected after a label name");
  BOOST_TEST(error_of("other{a=\"b\" c=\"d\"} 1") == "line 1: , or } expected after a label");
  BOOST_TEST(error_of("other{a=\"b\"") == "line 1: , or } expected after a label");
  BOOST_TEST(error_of("other{") == "line 1: name expected");
}

BOOST_AUTO_TEST_CASE(too_large_input_is_rejected) {
  std::string labels, lines;
  for (int i = 0; i < 65; ++i) labels += "l" + std::to_string(i) + "=\"\",";
  BOOST_TEST(error_of("lag{" + labels + "} 1") == "line 1: too many labels");
  for (int i = 0; i < 50'000; ++i) lines += "lag 1\n";
  BOOST_TEST(read(lines).size() == 50'000U);
  BOOST_TEST(error_of(lines + "lag 1\n") == "line 50001: too many samples");
  BOOST_TEST(error_of(std::string(16 * 1024 * 1024 + 1, '#')) == "larger than 16 MiB");
}

BOOST_AUTO_TEST_SUITE_END()
