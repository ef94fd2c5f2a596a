#include "config/text/json_escape.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace::text;
using nlohmann::json;

BOOST_AUTO_TEST_SUITE(json_escaping)

BOOST_AUTO_TEST_CASE(ascii_escapes_what_a_reader_could_mistake_and_reads_back) {
  const std::string original = "caf\xc3\xa9 \xe2\x80\xae \xc2\x85 \xf0\x9f\x98\x80";
  const std::string out = json_string(original);
  BOOST_TEST(out == "\"caf\\u00e9 \\u202e \\u0085 \\ud83d\\ude00\"");
  BOOST_TEST(json::parse(out).get<std::string>() == original);
}

BOOST_AUTO_TEST_CASE(utf8_keeps_other_characters) {
  BOOST_TEST(json_string("caf\xc3\xa9 \"\n", json_characters::utf8) == "\"caf\xc3\xa9 \\\"\\n\"");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) { BOOST_TEST(json_string("a\xff") == "\"a\\ufffd\""); }

BOOST_AUTO_TEST_SUITE_END()
