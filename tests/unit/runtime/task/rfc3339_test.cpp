#include "runtime/task/rfc3339.hpp"

#include "runtime/task/traceparent.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace;

namespace {

std::string reread(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? to_rfc3339(*time) : "no time";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(times_as_text)

BOOST_AUTO_TEST_CASE(offsets_fractions_and_spellings_are_read) {
  BOOST_TEST(reread("2026-11-21T09:30:00Z") == "2026-11-21T09:30:00.000000Z");
  BOOST_TEST(reread("2026-11-21t09:30:00.25z") == "2026-11-21T09:30:00.250000Z");
  BOOST_TEST(reread("2026-11-21 09:30:00.123456789+01:00") == "2026-11-21T08:30:00.123456Z");
  BOOST_TEST(reread("2026-12-31T23:30:00-02:15") == "2027-01-01T01:45:00.000000Z");
  BOOST_TEST(reread("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000000Z");
  BOOST_TEST(reread("2028-02-29T00:00:00Z") == "2028-02-29T00:00:00.000000Z");
  BOOST_TEST(reread("1970-01-01T00:00:00Z") == "1970-01-01T00:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(a_time_without_offset_is_refused) {
  for (const auto* text : {"",
                           "2026-11-21",
                           "2026-11-21T09:30:00",
                           "2026-11-21T09:30Z",
                           "2026-11-21T09:30:00.Z",
                           "2026-11-21T09:30:00+0100",
                           "2026-11-21T09:30:00+24:00",
                           "2026-11-21T09:30:00+01:60",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T09:60:00Z",
                           "2026-11-21T09:30:61Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2027-02-29T00:00:00Z",
                           "2026-11-21T09:30:00Z ",
                           "1969-12-31T23:59:59Z",
                           "2200-01-01T00:00:00Z",
                           "26-11-21T09:30:00Z",
                           "2026-11-21T09:30:00Zulu",
                           "-026-11-21T09:30:00Z"})
    BOOST_TEST(reread(text) == "no time", text);
}

BOOST_AUTO_TEST_CASE(unix_seconds_end_with_the_year_2199) {
  BOOST_TEST(to_rfc3339(from_unix_seconds(max_unix_seconds).value()) == "2199-12-31T23:59:59.000000Z");
  BOOST_TEST(!from_unix_seconds(max_unix_seconds + 1).has_value());
  BOOST_TEST(!from_unix_seconds(1'795'253'400'000).has_value());  // milliseconds
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(trace_parents)

BOOST_AUTO_TEST_CASE(the_example_of_the_specification_is_one) {
  BOOST_TEST(is_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  BOOST_TEST(is_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings"));
}

BOOST_AUTO_TEST_CASE(malformed_values_are_refused) {
  for (const auto* text :
       {"", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g"})
    BOOST_TEST(!is_traceparent(text), text);
  BOOST_TEST(!is_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-" + std::string(300, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
