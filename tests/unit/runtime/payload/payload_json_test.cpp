#include "runtime/task/task_payload.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace;
using namespace std::string_literals;

namespace {

std::string checked(const std::string& text, const payload_limits& limits = {}) {
  return check_payload(content_type::json, text, limits).value_or("fine");
}

std::string parsed(std::string text) {
  task t;
  t.payload = shared_bytes::own(std::move(text));
  const auto value = parse_payload(t);
  return value ? value->dump() : "error: " + value.error();
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

BOOST_AUTO_TEST_SUITE(json_payloads)

BOOST_AUTO_TEST_CASE(every_kind_of_value_is_read) {
  BOOST_TEST(parsed(R"( {"a":[1,-2,0.5,1e3],"b":{"c":null,"d":true,"e":false},"":"x"} )") ==
             R"({"":"x","a":[1,-2,0.5,1000.0],"b":{"c":null,"d":true,"e":false}})");
  for (const auto* text : {"{}", "[]", "0", "-0", "12.5e-3", "\"\"", "true", "false", "null", "[[],{}]", "\t[ 1 , 2 ]\r\n"})
    BOOST_TEST(checked(text) == "fine", text);
}

BOOST_AUTO_TEST_CASE(texts_keep_their_characters) {
  BOOST_TEST(parsed(R"("\u00e9\ud83d\ude00\n\/\"\\")") == "\"\xc3\xa9\xf0\x9f\x98\x80\\n/\\\"\\\\\"");
}

BOOST_AUTO_TEST_CASE(every_escape_decodes_to_its_character) {
  task t;
  t.payload = shared_bytes::own(R"({"k\u0065y":"\b\f\n\r\t\"\\\/a\u0041\u00E9\u20ac\ud83d\ude00 end"})"s);
  const auto value = parse_payload(t);
  BOOST_TEST_REQUIRE(value.has_value());
  BOOST_TEST(value->at("key").get<std::string>() == "\b\f\n\r\t\"\\/aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 end");
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_exact_within_64_bits) {
  BOOST_TEST(parsed("[9223372036854775807,-9223372036854775808,18446744073709551615,-0]") ==
             "[9223372036854775807,-9223372036854775808,18446744073709551615,0]");
  BOOST_TEST(parsed("[18446744073709551616,-9223372036854775809,1e2,-0.0,5e-324]") ==
             "[1.8446744073709552e+19,-9.223372036854776e+18,100.0,-0.0,5e-324]");
  BOOST_TEST(parsed("1e-999") == "0.0");
}

BOOST_AUTO_TEST_CASE(invalid_json_is_refused_with_its_position) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the payload is empty"},
      {"  ", "the payload is empty"},
      {"\xEF\xBB\xBF{}", "JSON must not start with a byte order mark"},
      {"{", "expected a key in double quotes at the end, byte 1"},
      {"{\"a\":1,}", "expected a key in double quotes at byte 7"},
      {"{a:1}", "expected a key in double quotes at byte 1"},
      {"{\"a\" 1}", "expected ':' at byte 5"},
      {"{\"a\":1]", "expected ',' or '}' at byte 6"},
      {"[1 2]", "expected ',' or ']' at byte 3"},
      {"[1}", "expected ',' or ']' at byte 2"},
      {"[1,]", "expected a value at byte 3"},
      {"[1", "expected ',' or ']' at the end, byte 2"},
      {"{} {}", "unexpected text after the value at byte 3"},
      {"{}\0"s, "unexpected text after the value at byte 2"},
      {"nul", "expected a value at byte 0"},
      {"NaN", "expected a value at byte 0"},
      {"'a'", "expected a value at byte 0"},
      {"01", "unexpected text after the value at byte 1"},
      {"-", "expected a digit at the end, byte 1"},
      {"1.", "expected a digit at the end, byte 2"},
      {"1e+", "expected a digit at the end, byte 3"},
      {".5", "expected a value at byte 0"},
      {"1e999", "number out of range at byte 0"},
      {std::string(400, '9'), "number out of range at byte 0"},
      {"\"abc", "text without closing quote at the end, byte 4"},
      {"\"a\nb\"", "control character in a text at byte 2"},
      {"\"\\x\"", "unknown escape in a text at byte 2"},
      {"\"\\u12g4\"", "expected four hex digits after \\u at byte 5"},
      {"\"\\u0000\"", "\\u0000 in a text at byte 1"},
      {"\"\\ud800\"", "half of a surrogate pair at byte 1"},
      {"\"\\ud800\\u0041\"", "half of a surrogate pair at byte 1"},
      {"\"\\udc00\"", "half of a surrogate pair at byte 1"},
      {"\"\xff\"", "invalid UTF-8 at byte 1"},
      {"\"\xed\xa0\x80\"", "invalid UTF-8 at byte 1"},
  };
  for (const auto& [text, problem] : cases) {
    BOOST_TEST(checked(text) == problem, text << " gave " << checked(text));
    BOOST_TEST(parsed(text) == "error: " + problem);
  }
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
  BOOST_TEST(checked(nested(32)) == "fine");
  BOOST_TEST(checked(nested(33)) == "nested more than 32 deep at byte 32");
  BOOST_TEST(checked(std::string(1'000'000, '[')) == "nested more than 32 deep at byte 32");
  BOOST_TEST(parsed(nested(33)) == "error: nested more than 32 deep at byte 32");
}

BOOST_AUTO_TEST_CASE(elements_are_counted_over_the_whole_document) {
  BOOST_TEST(checked(R"([1,{"a":2},3])", {.max_elements = 4}) == "fine");
  BOOST_TEST(checked(R"([1,{"a":2},3])", {.max_elements = 3}) == "more than 3 elements at byte 11");
}

BOOST_AUTO_TEST_CASE(texts_and_keys_are_limited) {
  BOOST_TEST(checked(R"({"abc":"def"})", {.max_text_bytes = 3}) == "fine");
  BOOST_TEST(checked(R"(["abcd"])", {.max_text_bytes = 3}) == "text of more than 3 bytes at byte 6");
  BOOST_TEST(checked(R"({"abcd":1})", {.max_text_bytes = 3}) == "text of more than 3 bytes at byte 6");
}

BOOST_AUTO_TEST_CASE(a_key_that_occurs_twice_is_refused_by_the_parser) {
  BOOST_TEST(checked(R"({"a":1,"a":2})") == "fine");
  BOOST_TEST(parsed(R"({"a":1,"a":2})") == "error: key 'a' occurs twice in one object");
  BOOST_TEST(parsed(R"({"a":1,"\u0061":2})") == "error: key 'a' occurs twice in one object");
  BOOST_TEST(parsed(R"([{"a":1},{"a":{"a":2}}])") == R"([{"a":1},{"a":{"a":2}}])");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_a_document_is_malformed) {
  const std::string whole = R"({"a":[1,2.5e1,"x\u00e9",{"b":null}],"c":true})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(checked(whole.substr(0, size)) != "fine");
    BOOST_TEST(parsed(whole.substr(0, size)).starts_with("error: "));
  }
}

BOOST_AUTO_TEST_SUITE_END()
