#include "connectors/smtp/transfer_encoding.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace millrace::smtp;

BOOST_AUTO_TEST_SUITE(transfer_encodings)

BOOST_AUTO_TEST_CASE(quoted_printable_leaves_plain_text_and_quotes_the_rest) {
  BOOST_TEST(quoted_printable("Hello, world!") == "Hello, world!");
  BOOST_TEST(quoted_printable("a=b") == "a=3Db");
  BOOST_TEST(quoted_printable("ü\x01\x7f") == "=C3=BC=01=7F");
  BOOST_TEST(quoted_printable(std::string(1, '\0')) == "=00");
  BOOST_TEST(quoted_printable("").empty());
}

BOOST_AUTO_TEST_CASE(every_line_end_becomes_crlf_and_blanks_before_it_stay) {
  BOOST_TEST(quoted_printable("a\nb\r\nc\rd\n") == "a\r\nb\r\nc\r\nd\r\n");
  BOOST_TEST(quoted_printable("a \nb\t") == "a=20\r\nb=09");
  BOOST_TEST(quoted_printable("a b") == "a b");
}

BOOST_AUTO_TEST_CASE(no_line_is_longer_than_76_and_none_is_cut_within_a_byte) {
  for (const std::string unit : {"x", "=", "ü", "x "}) {
    std::string text;
    for (int i = 0; i < 500; ++i) text += unit;
    const auto encoded = quoted_printable(text);
    std::string joined, line;
    for (std::istringstream lines{encoded}; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      BOOST_TEST(line.size() <= 76U);
      BOOST_TEST(!line.ends_with(' '));
      if (line.ends_with('=')) line.pop_back();
      joined += line;
    }
    std::string expected = quoted_printable(unit);
    if (unit == "x ") expected = unit;
    BOOST_TEST(joined.starts_with(expected + expected));
    BOOST_TEST(joined.size() >= expected.size() * 500);
  }
}

BOOST_AUTO_TEST_CASE(base64_comes_in_lines_of_76) {
  BOOST_TEST(base64_lines("").empty());
  BOOST_TEST(base64_lines("a") == "YQ==");
  BOOST_TEST(base64_lines(std::string(57, '\0')) == std::string(76, 'A'));
  BOOST_TEST(base64_lines(std::string(58, '\0')) == std::string(76, 'A') + "\r\nAA==");
}

BOOST_AUTO_TEST_CASE(a_dot_that_starts_a_line_is_doubled) {
  BOOST_TEST(dot_stuffed(".a\r\n.\r\n..b\r\nc.\r\n") == "..a\r\n..\r\n...b\r\nc.\r\n");
  BOOST_TEST(dot_stuffed("\r\n.\r\n.\r\n") == "\r\n..\r\n..\r\n");
  BOOST_TEST(dot_stuffed("a\r\n") == "a\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
