#include "config/text/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace::text;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(utf_8)

BOOST_AUTO_TEST_CASE(the_ends_of_every_length_are_sequences) {
  for (const auto& text : {"\x7f"s, "\xc2\x80"s, "\xdf\xbf"s, "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s,
                           "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s, "\xf4\x8f\xbf\xbf"s})
    BOOST_TEST(utf8_sequence(text) == text.size());
}

BOOST_AUTO_TEST_CASE(overlong_surrogate_cut_and_stray_bytes_are_no_sequence) {
  for (const auto& text : {"\x80"s, "\xbf"s, "\xc0\x80"s, "\xc1\xbf"s, "\xc2"s, "\xc2\x41"s, "\xe0\x9f\xbf"s, "\xe2\x82"s,
                           "\xed\xa0\x80"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xff"s})
    BOOST_TEST(utf8_sequence(text) == 0u);
}

BOOST_AUTO_TEST_CASE(the_valid_prefix_ends_at_the_first_bad_byte_wherever_it_is) {
  for (const auto& bad : {"\xff"s, "\0"s})
    for (std::size_t before = 0; before < 20; ++before) {
      const auto text = std::string(before, 'a') + bad + "and more of it";
      BOOST_TEST(valid_text_prefix(text) == before);
    }
  BOOST_TEST(valid_text_prefix("twenty-one characters") == 21u);
  BOOST_TEST(valid_text_prefix("gr\xc3\xbc\xc3\x9f dich, Welt") == 17u);
}

BOOST_AUTO_TEST_CASE(a_code_point_is_appended_as_a_sequence_of_its_length) {
  std::string all;
  for (const char32_t c : {U'a', U'\u00fc', U'\u20ac', U'\U0001f600'}) append_utf8(c, all);
  BOOST_TEST(all == "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
}

BOOST_AUTO_TEST_CASE(control_characters_are_not_printable) {
  BOOST_TEST(is_printable("plain, gr\xc3\xbc\xc3\x9f \xe2\x82\xac"));
  for (const auto& text : {"a\nb"s, "\0"s, "\x7f"s, "\xc2\x85"s, "\xff"s}) BOOST_TEST(!is_printable(text));
}

BOOST_AUTO_TEST_CASE(an_excerpt_is_short_printable_and_never_cuts_a_character) {
  BOOST_TEST(excerpt("a\nb\xff") == "'a?b?'");
  BOOST_TEST(excerpt(std::string(64, 'x')) == "'" + std::string(64, 'x') + "'");
  BOOST_TEST(excerpt(std::string(63, 'x') + "\xc3\xbc") == "'" + std::string(63, 'x') + "...'");
}

BOOST_AUTO_TEST_SUITE_END()
