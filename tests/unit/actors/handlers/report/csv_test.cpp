#include "actors/handlers/report/csv.hpp"

#include <boost/test/unit_test.hpp>

using millrace::csv::append_field;

namespace {
std::string field(std::string_view value, bool guard = true) {
  std::string line;
  append_field(line, value, guard);
  return line;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(csv_fields)

BOOST_AUTO_TEST_CASE(plain_text_stays_plain) {
  for (const char* text : {"", "abc", "a b", "gr\xC3\xBC\xC3\x9F", "a=b", "5-3", "'quoted'"})
    BOOST_TEST(field(text) == text);
}

BOOST_AUTO_TEST_CASE(separators_quotes_and_line_ends_are_quoted) {
  BOOST_TEST(field("a,b") == "\"a,b\"");
  BOOST_TEST(field("say \"no\"") == "\"say \"\"no\"\"\"");
  BOOST_TEST(field("two\r\nlines") == "\"two\r\nlines\"");
  BOOST_TEST(field("\"") == "\"\"\"\"");
}

BOOST_AUTO_TEST_CASE(a_text_that_starts_like_a_formula_is_escaped) {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx"}) BOOST_TEST(field(text) == std::string("'") + text);
  BOOST_TEST(field("\rx") == "\"'\rx\"");
  BOOST_TEST(field("=cmd|' /C calc'!A0,1") == "\"'=cmd|' /C calc'!A0,1\"");
}

BOOST_AUTO_TEST_CASE(a_number_keeps_its_sign) {
  BOOST_TEST(field("-42", false) == "-42");
  BOOST_TEST(field("+1,5", false) == "\"+1,5\"");
}

BOOST_AUTO_TEST_SUITE_END()
