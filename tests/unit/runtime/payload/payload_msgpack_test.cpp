#include "runtime/task/task_payload.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace;
using namespace std::string_literals;

namespace {

std::string checked(const std::string& bytes, const payload_limits& limits = {}) {
  return check_payload(content_type::msgpack, bytes, limits).value_or("fine");
}

std::string parsed(std::string bytes) {
  task t;
  t.content = content_type::msgpack;
  t.payload = shared_bytes::own(std::move(bytes));
  const auto value = parse_payload(t);
  return value ? value->dump() : "error: " + value.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(msgpack_payloads)

BOOST_AUTO_TEST_CASE(every_format_of_the_specification_is_read) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x00"s, "0"},
      {"\x7f", "127"},
      {"\xe0", "-32"},
      {"\xff", "-1"},
      {"\xc0", "null"},
      {"\xc2", "false"},
      {"\xc3", "true"},
      {"\xcc\xff", "255"},
      {"\xcd\xff\xff", "65535"},
      {"\xce\xff\xff\xff\xff", "4294967295"},
      {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"},
      {"\xd0\x80", "-128"},
      {"\xd1\x80\x00"s, "-32768"},
      {"\xd2\x80\x00\x00\x00"s, "-2147483648"},
      {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s, "-9223372036854775808"},
      {"\xca\x3f\xc0\x00\x00"s, "1.5"},
      {"\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s, "1.5"},
      {"\xa0", "\"\""},
      {"\xa2hi", "\"hi\""},
      {"\xd9\x02hi", "\"hi\""},
      {"\xda\x00\x02hi"s, "\"hi\""},
      {"\xdb\x00\x00\x00\x02hi"s, "\"hi\""},
      {"\xc4\x02hi", "\"hi\""},
      {"\xc5\x00\x02hi"s, "\"hi\""},
      {"\xc6\x00\x00\x00\x02hi"s, "\"hi\""},
      {"\x90", "[]"},
      {"\x92\x90\x80", "[[],{}]"},
      {"\xdc\x00\x01\x05"s, "[5]"},
      {"\xdd\x00\x00\x00\x01\x05"s, "[5]"},
      {"\x80", "{}"},
      {"\x82\xa1"
       "a\x91\x01\xc4\x01"
       "b\x81\xa1"
       "c\xc0",
       R"({"a":[1],"b":{"c":null}})"},
      {"\xde\x00\x01\xa1"
       "a\x01"s,
       R"({"a":1})"},
      {"\xdf\x00\x00\x00\x01\xa1"
       "a\x01"s,
       R"({"a":1})"},
  };
  for (const auto& [bytes, json] : cases) {
    BOOST_TEST(checked(bytes) == "fine");
    BOOST_TEST(parsed(bytes) == json);
  }
}

BOOST_AUTO_TEST_CASE(unsupported_values_are_refused_with_their_position) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the payload is empty"},
      {"\xc0\xc0", "unexpected bytes after the value at byte 1"},
      {"\xc1", "0xc1, which msgpack does not use, at byte 0"},
      {"\x91\xd4\x01\x01", "an extension type, which is not allowed, at byte 3"},
      {"\xc7\x00\x01"s, "an extension type, which is not allowed, at byte 2"},
      {"\x81\x01\x02", "a map key that is no text at byte 1"},
      {"\x81\x90\x02", "a map key that is no text at byte 1"},
      {"\xa1\xff", "invalid UTF-8 at byte 1"},
      {"\xc4\x02"
       "a\xff",
       "invalid UTF-8 at byte 3"},
      {"\xa2"
       "a\x00"s,
       "NUL in a text at byte 2"},
      {"\x81\xa1\x00\x01"s, "NUL in a text at byte 2"},
      {"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"s, "a number that is not finite at byte 8"},
      {"\xca\x7f\x80\x00\x00"s, "a number that is not finite at byte 4"},
      {std::string(1'000'000, '\x91'), "nested more than 32 deep at byte 32"},
  };
  for (const auto& [bytes, problem] : cases) {
    BOOST_TEST(checked(bytes) == problem);
    BOOST_TEST(parsed(bytes) == "error: " + problem);
  }
}

BOOST_AUTO_TEST_CASE(a_length_without_the_bytes_for_it_is_not_believed) {
  for (const auto& bytes : {"\xdd\xff\xff\xff\xff"s, "\xdf\xff\xff\xff\xff"s, "\xdf\x80\x00\x00\x00"s})
    BOOST_TEST(checked(bytes) == "more than 100000 elements at byte 4");
  for (const auto& bytes : {"\xdb\xff\xff\xff\xff"s, "\xc6\xff\xff\xff\xff"s, "\xdc\xff\xff\x01"s, "\x93\x01\x02"s,
                            "\x81\xa1"
                            "a"s,
                            "\xcd\x01"s, "\xdd\x00"s})
    BOOST_TEST(checked(bytes).starts_with("the value is cut off at byte "));
}

BOOST_AUTO_TEST_CASE(elements_and_texts_are_limited) {
  BOOST_TEST(checked("\x92\x01\x81\xa1"
                     "a\x02",
                     {.max_elements = 3}) == "fine");
  BOOST_TEST(checked("\x92\x01\x81\xa1"
                     "a\x02",
                     {.max_elements = 2}) == "more than 2 elements at byte 2");
  BOOST_TEST(checked("\xa3"
                     "abc",
                     {.max_text_bytes = 3}) == "fine");
  BOOST_TEST(checked("\xa4"
                     "abcd",
                     {.max_text_bytes = 3}) == "text of more than 3 bytes at byte 4");
}

BOOST_AUTO_TEST_CASE(a_key_that_occurs_twice_is_refused_by_the_parser) {
  BOOST_TEST(checked("\x82\xa1"
                     "a\x01\xc4\x01"
                     "a\x02") == "fine");
  BOOST_TEST(parsed("\x82\xa1"
                    "a\x01\xc4\x01"
                    "a\x02") == "error: key 'a' occurs twice in one object at byte 6");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_a_document_is_malformed) {
  const auto whole =
      "\x83\xa1"
      "a\x92\x01\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\xd9\x02"
      "bc\xcd\x01\x00\xa1"
      "d\xdc\x00\x02\xc0\x80"s;
  BOOST_REQUIRE(checked(whole) == "fine");
  for (std::size_t size = 0; size < whole.size(); ++size) BOOST_TEST(checked(whole.substr(0, size)) != "fine");
}

BOOST_AUTO_TEST_SUITE_END()
