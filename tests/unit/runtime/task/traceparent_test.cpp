#include "runtime/task/traceparent.hpp"

#include "config/text/encoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;

BOOST_AUTO_TEST_SUITE(parts_of_trace_parents)

BOOST_AUTO_TEST_CASE(trace_parent_and_flags_are_read_and_written) {
  const std::string text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
  const auto read = parse_traceparent(text);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(text::to_hex(read->trace) == "0af7651916cd43dd8448eb211c80319c");
  BOOST_TEST(text::to_hex(read->parent) == "b7ad6b7169203331");
  BOOST_TEST(read->sampled());
  BOOST_TEST(to_traceparent(*read) == text);
}

BOOST_AUTO_TEST_CASE(only_the_lowest_flag_asks_for_the_trace) {
  BOOST_TEST(!parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")->sampled());
  BOOST_TEST(!parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe")->sampled());
}

BOOST_AUTO_TEST_CASE(a_later_version_is_handed_on_as_version_00) {
  const auto read = parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(to_traceparent(*read) == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

BOOST_AUTO_TEST_CASE(a_malformed_traceparent_has_no_parts) {
  BOOST_TEST(!parse_traceparent("").has_value());
  BOOST_TEST(!parse_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
