#include "runtime/task/task_payload.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

using namespace millrace;
using nlohmann::json;

namespace {

/// What `finish` says after `read` has read a document.
std::string problem(const char* document, const std::function<void(payload_reader&)>& read, std::string path = {}) {
  const auto value = json::parse(document);
  payload_reader reader{value, std::move(path)};
  read(reader);
  return reader.finish().value_or("none");
}

constexpr auto max = std::numeric_limits<std::int64_t>::max();

}  // namespace

BOOST_AUTO_TEST_SUITE(payload_readers)

BOOST_AUTO_TEST_CASE(members_and_defaults_are_read) {
  const auto value = json::parse(R"({"to":"a@b.example","amount":12,"urgent":true,"note":null,"tags":[1,2]})");
  payload_reader reader{value};
  BOOST_TEST(reader.text("to", 1, 100) == "a@b.example");
  BOOST_TEST(reader.integer("amount", 1, 12) == 12);
  BOOST_TEST(reader.boolean_or("urgent", false));
  BOOST_TEST(reader.text_or("note", "none", 10) == "none");
  BOOST_TEST(reader.integer_or("retries", 3, 0, 10) == 3);
  BOOST_TEST(!reader.boolean_or("silent", false));
  BOOST_REQUIRE(reader.member("tags"));
  BOOST_TEST(reader.member("tags")->size() == 2u);
  BOOST_TEST(reader.member("absent") == nullptr);
  BOOST_TEST(!reader.finish().has_value());
}

BOOST_AUTO_TEST_CASE(each_mistake_is_named_with_its_field) {
  const auto text = [](payload_reader& r) { r.text("a", 1, 3); };
  BOOST_TEST(problem("{}", text) == "field 'a': is missing");
  BOOST_TEST(problem(R"({"a":null})", text) == "field 'a': is missing");
  BOOST_TEST(problem(R"({"a":1})", text) == "field 'a': must be a text");
  BOOST_TEST(problem(R"({"a":""})", text) == "field 'a': must not be empty");
  BOOST_TEST(problem(R"({"a":"four"})", text) == "field 'a': must have 1 to 3 bytes");
  const auto integer = [](payload_reader& r) { r.integer("a", 1, 9); };
  BOOST_TEST(problem("{}", integer) == "field 'a': is missing");
  for (const auto* wrong : {R"({"a":1.0})", R"({"a":"1"})", R"({"a":true})", R"({"a":[1]})"})
    BOOST_TEST(problem(wrong, integer) == "field 'a': must be an integer");
  for (const auto* wrong : {R"({"a":0})", R"({"a":10})", R"({"a":18446744073709551615})", R"({"a":-9223372036854775808})"})
    BOOST_TEST(problem(wrong, integer) == "field 'a': must be from 1 to 9");
  BOOST_TEST(problem(R"({"a":18446744073709551615})", [](payload_reader& r) { r.integer("a", 0, max); }) ==
             "field 'a': must be from 0 to 9223372036854775807");
  BOOST_TEST(problem(R"({"a":1})", [](payload_reader& r) { r.boolean_or("a", true); }) ==
             "field 'a': must be true or false");
}

BOOST_AUTO_TEST_CASE(the_first_mistake_is_kept_and_later_reads_are_empty) {
  const auto value = json::parse(R"({"a":1,"b":"text","c":7})");
  payload_reader reader{value};
  reader.text("a", 0, 9);
  BOOST_TEST(!reader.ok());
  BOOST_TEST(reader.text("b", 0, 9) == "");
  BOOST_TEST(reader.integer("c", 0, 9) == 0);
  reader.fail("c", "is odd");
  BOOST_TEST(reader.finish().value() == "field 'a': must be a text");
}

BOOST_AUTO_TEST_CASE(members_that_nobody_asked_for_are_refused) {
  BOOST_TEST(problem(R"({"a":"x","ammount":1})", [](payload_reader& r) { r.text("a", 1, 3); }) ==
             "field 'ammount': unknown");
}

BOOST_AUTO_TEST_CASE(only_objects_have_members) {
  const auto read = [](payload_reader& r) { r.text_or("a", "", 3); };
  BOOST_TEST(problem("[]", read) == "the payload must be an object");
  BOOST_TEST(problem("7", read, "attachments[2].") == "field 'attachments[2]': must be an object");
}

BOOST_AUTO_TEST_CASE(the_path_leads_to_the_field) {
  BOOST_TEST(problem(
                 "{}", [](payload_reader& r) { r.text("name", 1, 3); }, "attachments[2].") ==
             "field 'attachments[2].name': is missing");
}

BOOST_AUTO_TEST_SUITE_END()
