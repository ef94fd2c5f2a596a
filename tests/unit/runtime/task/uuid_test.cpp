#include "runtime/task/uuid.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace millrace;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(uuids)

BOOST_AUTO_TEST_CASE(any_case_is_read_and_lower_case_is_written) {
  const auto id = uuid::parse("6BA7B810-9dad-11D1-80b4-00C04fd430c8");
  BOOST_REQUIRE(id);
  BOOST_TEST(to_string(*id) == "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
}

BOOST_AUTO_TEST_CASE(only_the_36_character_form_is_a_uuid) {
  for (const auto* text : {"", "6ba7b8109dad11d180b400c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
                           "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430c88",
                           "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b810x9dad-11d1-80b4-00c04fd430c8",
                           "urn:uuid:6ba7b810-9dad-11d1-80b4-00c0", "6ba7b81--9dad-11d1-80b4-00c04fd430c8"})
    BOOST_TEST(!uuid::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(version_5_agrees_with_the_published_vector) {
  const auto dns = uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  BOOST_TEST(to_string(uuid::v5(*dns, "www.example.com")) == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

BOOST_AUTO_TEST_CASE(version_7_carries_the_time_and_sorts_by_it) {
  const std::chrono::system_clock::time_point at{std::chrono::milliseconds{0x0123456789AB}};
  const auto text = to_string(uuid::v7(at));
  BOOST_TEST(text.substr(0, 15) == "01234567-89ab-7");
  BOOST_TEST(std::string{"89ab"}.find(text[19]) != std::string::npos);
  BOOST_TEST((uuid::v7(at) < uuid::v7(at + 1ms)));
}

BOOST_AUTO_TEST_CASE(version_7_does_not_repeat_within_a_millisecond) {
  std::set<uuid> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(uuid::v7({}));
  BOOST_TEST(seen.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(version_7_of_a_time_before_1970_is_of_1970) {
  BOOST_TEST(to_string(uuid::v7(std::chrono::system_clock::time_point{-5s})).substr(0, 15) == "00000000-0000-7");
}

BOOST_AUTO_TEST_SUITE_END()
