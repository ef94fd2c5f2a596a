#include "config/value.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::config;

namespace {

template <class T>
std::string wrong(const std::string& text, limits allowed = {}) {
  T value{};
  return assign(&value, allowed, {text}).value_or("");
}

template <class T>
T read(const std::string& text) {
  T value{};
  const auto problem = assign(&value, {}, {text});
  BOOST_TEST(!problem, text << ": " << problem.value_or(""));
  return value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(durations_are_read_with_their_unit) {
  BOOST_TEST(read<milliseconds>("250ms").count() == 250);
  BOOST_TEST(read<milliseconds>("10s").count() == 10'000);
  BOOST_TEST(read<milliseconds>("5m").count() == 300'000);
  BOOST_TEST(read<milliseconds>("1h").count() == 3'600'000);
  BOOST_TEST(read<milliseconds>("0s").count() == 0);
}

BOOST_AUTO_TEST_CASE(a_bare_number_is_not_a_duration_and_the_message_shows_how_to_write_one) {
  BOOST_TEST(wrong<milliseconds>("10") == "a duration needs a unit: write 10s or 10ms (units: ms, s, m, h)");
}

BOOST_AUTO_TEST_CASE(other_text_is_not_a_duration) {
  for (const auto* text :
       {"", "s", "10 s", "10S", "1.5s", "-1s", "+1s", "1h30m", "10d", "18446744073709551616s", "18446744073709551615h"})
    BOOST_TEST(wrong<milliseconds>(text).find("not a duration") == 0U, text);
}

BOOST_AUTO_TEST_CASE(sizes_are_bytes_or_binary_units) {
  BOOST_TEST(read<std::uint64_t>("1000") == 1'000U);
  BOOST_TEST(read<std::uint64_t>("64KiB") == 65'536U);
  BOOST_TEST(read<std::uint64_t>("16MiB") == 16'777'216U);
  BOOST_TEST(read<std::uint64_t>("2GiB") == 2'147'483'648U);
  for (const auto* text : {"", "16MB", "16M", "-1", "1.5MiB", "17179869184GiB", "10s"})
    BOOST_TEST(wrong<std::uint64_t>(text).find("not a size") == 0U, text);
}

BOOST_AUTO_TEST_CASE(counts_are_whole_numbers) {
  BOOST_TEST(read<std::uint32_t>("4294967295") == 4'294'967'295U);
  for (const auto* text : {"", "ten", "-1", "1.0", "0x10", "10s"})
    BOOST_TEST(wrong<std::uint32_t>(text).find("not a count") == 0U, text);
  BOOST_TEST(wrong<std::uint32_t>("4294967296") == "out of range, allowed: 0 to 4294967295");
  BOOST_TEST(wrong<std::uint32_t>("99999999999999999999") == "out of range, allowed: 0 to 4294967295");
}

BOOST_AUTO_TEST_CASE(booleans_are_true_or_false_only) {
  BOOST_TEST(read<bool>("true"));
  BOOST_TEST(!read<bool>("false"));
  for (const auto* text : {"yes", "no", "1", "True", ""}) BOOST_TEST(wrong<bool>(text) == "must be true or false", text);
}

BOOST_AUTO_TEST_CASE(a_value_outside_the_range_is_rejected_with_the_range) {
  BOOST_TEST(wrong<milliseconds>("11m", {1'000, 600'000}) == "out of range, allowed: 1s to 10m");
  BOOST_TEST(wrong<milliseconds>("999ms", {1'000, 600'000}) == "out of range, allowed: 1s to 10m");
  BOOST_TEST(wrong<std::uint64_t>("1", {1'024, 1'048'576}) == "out of range, allowed: 1KiB to 1MiB");
  BOOST_TEST(wrong<std::uint32_t>("0", {1, 16}) == "out of range, allowed: 1 to 16");
  BOOST_TEST(wrong<std::string>("loud", {.choices = {"debug", "info"}}) == "must be one of: debug, info");
  BOOST_TEST(wrong<std::string>("", {1, 5}) == "must not be empty");
}

BOOST_AUTO_TEST_CASE(the_bounds_themselves_are_allowed) {
  BOOST_TEST(wrong<milliseconds>("1s", {1'000, 600'000}) == "");
  BOOST_TEST(wrong<milliseconds>("10m", {1'000, 600'000}) == "");
}

BOOST_AUTO_TEST_CASE(a_rejected_value_keeps_the_old_one) {
  milliseconds kept{7};
  BOOST_TEST(assign(&kept, {1'000, 2'000}, {"5s"}).has_value());
  BOOST_TEST(kept.count() == 7);
}

BOOST_AUTO_TEST_CASE(control_characters_are_rejected_in_texts_and_secrets) {
  BOOST_TEST(wrong<std::string>("a\nb") == "contains a control character");
  BOOST_TEST(wrong<secret>(std::string("a\0b", 3)) == "contains a control character");
}

BOOST_AUTO_TEST_CASE(values_are_shown_in_their_largest_whole_unit_and_secrets_never) {
  milliseconds time{90'000};
  std::uint64_t size = 1'536;
  secret password("hunter2"), none;
  std::vector<secret> urls{secret("a"), secret("b")};
  BOOST_TEST(show(&time) == "90s");
  BOOST_TEST(show(&size) == "1536");
  BOOST_TEST(show(&password) == "********");
  BOOST_TEST(show(&none) == "");
  BOOST_TEST(show(&urls) == "********");
}

BOOST_AUTO_TEST_SUITE_END()
