#include "connectors/postgres/session/text_sanitizer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace::postgres;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(text_that_postgresql_holds_is_left_alone) {
  for (const auto& good :
       {""s, "plain"s, "\x7f"s, "gr\xC3\xBC\xC3\x9F"s, "\xE2\x82\xAC"s, "\xF0\x9F\x98\x80"s, "\xF4\x8F\xBF\xBF"s}) {
    BOOST_TEST(storable(good));
    BOOST_TEST(storable_text(good) == good);
  }
}

BOOST_AUTO_TEST_CASE(nul_is_dropped) {
  BOOST_TEST(!storable("a\0b"s));
  BOOST_TEST(storable_text("a\0b"s) == "ab");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_replaced_one_by_one) {
  BOOST_TEST(storable_text("a\xFF"
                           "b") ==
             "a\xEF\xBF\xBD"
             "b");
  for (const auto& bad : {"\x80"s, "\xC0\x80"s, "\xC1\xBF"s, "\xE0\x80\x80"s, "\xED\xA0\x80"s, "\xF0\x80\x80\x80"s,
                          "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xC3"s, "\xE2\x82"s, "\xF0\x9F\x98"s, "\xC3x"s}) {
    BOOST_TEST(!storable(bad));
    BOOST_TEST(storable(storable_text(bad)));
    BOOST_TEST(!storable_text(bad).empty());
  }
}

BOOST_AUTO_TEST_CASE(shortening_cuts_no_character) {
  BOOST_TEST(shortened("abc", 3) == "abc");
  BOOST_TEST(shortened("abc", 2) == "ab");
  BOOST_TEST(shortened("a\xE2\x82\xAC", 3) == "a");
  BOOST_TEST(shortened("a\xE2\x82\xAC", 4) == "a\xE2\x82\xAC");
  BOOST_TEST(shortened("\xE2\x82\xAC", 1) == "");
}

BOOST_AUTO_TEST_SUITE_END()
