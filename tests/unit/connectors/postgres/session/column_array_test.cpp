#include "connectors/postgres/session/column_array.hpp"

#include "connectors/postgres/session/timestamp.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <stdexcept>

using namespace millrace;
using namespace millrace::postgres;

BOOST_AUTO_TEST_SUITE(arrays)

BOOST_AUTO_TEST_CASE(an_array_without_elements_is_a_pair_of_braces) { BOOST_TEST(text_array().str() == "{}"); }

BOOST_AUTO_TEST_CASE(every_kind_of_element_has_its_form) {
  text_array array;
  array.add("plain");
  array.add(R"(qu"ote\back,{brace})");
  array.add("");
  array.add("NULL");
  array.add_null();
  array.add(-42LL);
  array.add_bytes(std::string_view("\x00\xff\x5c", 3));
  BOOST_TEST(array.str() == R"({"plain","qu\"ote\\back,{brace}","","NULL",NULL,-42,"\\x00ff5c"})");
}

BOOST_AUTO_TEST_CASE(the_text_may_be_asked_for_twice_but_not_extended) {
  text_array array;
  array.add("a");
  BOOST_TEST(array.str() == array.str());
  BOOST_CHECK_THROW(array.add("b"), std::logic_error);
}

BOOST_AUTO_TEST_CASE(nul_is_refused_and_changes_nothing) {
  text_array array;
  BOOST_CHECK_THROW(array.add(std::string_view("a\0b", 3)), std::invalid_argument);
  BOOST_TEST(array.str() == "{}");
}

BOOST_AUTO_TEST_CASE(a_column_of_equal_values_travels_as_one_element) {
  column_array column;
  for (int i = 0; i < 3; ++i) column.add("same");
  BOOST_TEST(column.str() == R"({"same"})");
}

BOOST_AUTO_TEST_CASE(a_column_with_one_other_value_is_complete_and_in_order) {
  column_array column;
  column.add(7);
  column.add(7);
  column.add(8);
  column.add(7);
  BOOST_TEST(column.str() == R"({"7","7","8","7"})");
}

BOOST_AUTO_TEST_CASE(an_empty_column_is_an_empty_array) { BOOST_TEST(column_array().str() == "{}"); }

BOOST_AUTO_TEST_CASE(a_column_makes_bad_text_storable) {
  column_array column;
  column.add(std::string_view("a\0\xff", 3));
  BOOST_TEST(column.str() == "{\"a\xEF\xBF\xBD\"}");
}

BOOST_AUTO_TEST_CASE(bytes_lie_end_to_end_and_are_counted_from_one) {
  batch_bytes bytes;
  bytes.add("abc");
  bytes.add("");
  bytes.add(std::string_view("\0x", 2));
  BOOST_TEST(bytes.starts() == "{1,4,4}");
  BOOST_TEST(bytes.lengths() == "{3,0,2}");
  BOOST_TEST(bytes.blob().str() == std::string("abc\0x", 5));
}

BOOST_AUTO_TEST_CASE(times_from_outside_are_brought_into_range) {
  BOOST_TEST(storable_time(-1) == 0);
  BOOST_TEST(storable_time(1'700'000'000'123'456) == 1'700'000'000'123'456);
  BOOST_TEST(storable_time(std::numeric_limits<std::int64_t>::max()) == 253'402'300'799'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
