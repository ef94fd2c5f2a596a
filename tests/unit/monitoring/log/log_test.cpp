#include "monitoring/log/log.hpp"

#include "config/secret.hpp"
#include "tests/support/captured_stderr.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <sstream>
#include <thread>
#include <type_traits>
#include <vector>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::monitoring;
using nlohmann::json;

// A secret cannot be logged, neither as a field nor as the message, by any implicit conversion.
static_assert(!std::is_constructible_v<field, std::string_view, secret>);
static_assert(!std::is_constructible_v<field, std::string_view, const secret&>);
static_assert(!std::is_constructible_v<field, std::string_view, secret*>);
static_assert(!std::is_convertible_v<secret, std::string>);
static_assert(!std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_constructible_v<std::string, secret>);
static_assert(!std::is_constructible_v<json, secret>);
template <class T>
concept streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!streamable<secret>);
static_assert(std::is_constructible_v<field, std::string_view, std::string>);  // the check itself is not vacuous

namespace {

/// Threshold and context are global to the process; each test restores them.
struct restored {
  ~restored() {
    set_log_level("info");
    set_log_context({});
  }
  captured_stderr captured;
  std::vector<json> lines() const {
    std::vector<json> out;
    std::istringstream in(captured.text());
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
  }
};

std::string digits_as_zero(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c >= '0' && c <= '9'; }, '0');
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_lines, restored)

BOOST_AUTO_TEST_CASE(a_line_is_an_object_with_time_level_message_and_fields) {
  log(level::warn, "mail refused",
      {{"task", "a-1"}, {"attempt", 3}, {"bytes", std::uint64_t{1} << 63}, {"ratio", 0.5}, {"final", true}, {"n", 7U}});
  const auto all = lines();
  BOOST_TEST_REQUIRE(all.size() == 1U);
  const json& line = all[0];
  BOOST_TEST(line.at("level") == "warn");
  BOOST_TEST(line.at("message") == "mail refused");
  BOOST_TEST(line.at("task") == "a-1");
  BOOST_TEST(line.at("attempt") == 3);
  BOOST_TEST(line.at("bytes") == std::uint64_t{1} << 63);
  BOOST_TEST(line.at("ratio") == 0.5);
  BOOST_TEST(line.at("final") == true);
  BOOST_TEST(line.at("n") == 7);
  BOOST_TEST(digits_as_zero(line.at("time")) == "0000-00-00T00:00:00.000000Z");
  BOOST_TEST(captured.text().find("{\"time\":\"") == 0U);
}

BOOST_AUTO_TEST_CASE(lines_below_the_threshold_are_not_written) {
  BOOST_TEST(set_log_level("warn"));
  log(level::info, "no");
  log(level::error, "yes");
  BOOST_TEST(!enabled(level::info));
  BOOST_TEST(lines().size() == 1U);
  BOOST_TEST(!set_log_level("loud"));
  BOOST_TEST(!enabled(level::info));
  BOOST_TEST(set_log_level("debug"));
  BOOST_TEST(enabled(level::debug));
}

BOOST_AUTO_TEST_CASE(every_line_carries_the_context) {
  set_log_context({{"node", "n\"1"}, {"version", "0.1.0"}});
  log(level::info, "started", {{"queue", "email"}});
  BOOST_TEST(lines().at(0).at("node") == "n\"1");
  BOOST_TEST(lines().at(0).at("queue") == "email");
}

BOOST_AUTO_TEST_CASE(input_cannot_forge_a_line_or_break_the_object) {
  log(level::info, "a\n{\"level\":\"error\"}\r\x1b[31m", {{"who", "\"},\n{\"x\":\"\xff\xc3"}, {"b{race}", "{} {0} %s"}});
  const std::string text = captured.text();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
  for (char c : text) BOOST_TEST(((c >= 0x20 && c < 0x7f) || c == '\n'));
  BOOST_TEST(lines().at(0).at("message") == "a\n{\"level\":\"error\"}\r\x1b[31m");
  BOOST_TEST(lines().at(0).at("who") == "\"},\n{\"x\":\"\xef\xbf\xbd\xef\xbf\xbd");
  BOOST_TEST(lines().at(0).at("b{race}") == "{} {0} %s");
}

BOOST_AUTO_TEST_CASE(a_huge_text_is_truncated) {
  log(level::info, std::string(1'000'000, 'x'), {{"y", std::string(1'000'000, 'y')}});
  BOOST_TEST(captured.text().size() < 20'000U);
  BOOST_TEST(lines().size() == 1U);
}

BOOST_AUTO_TEST_CASE(non_finite_numbers_are_null) {
  log(level::info, "x", {{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", std::numeric_limits<double>::infinity()}});
  BOOST_TEST(lines().at(0).at("a").is_null());
  BOOST_TEST(lines().at(0).at("b").is_null());
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_do_not_mix) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 250; ++i) log(level::info, std::string(200, static_cast<char>('a' + t)), {{"i", i}});
    });
  for (auto& t : threads) t.join();
  BOOST_TEST(lines().size() == 1'000U);  // each parsed
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut) {
  log(level::info, "x", {{"long", std::string(9'000, 'y')}});
  BOOST_TEST(lines().at(0)["long"].get<std::string>() == std::string(8'192, 'y'));
}

BOOST_AUTO_TEST_SUITE_END()
