#include "runtime/schedule/zoned_cron.hpp"

#include "runtime/task/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::schedule;
using namespace std::chrono_literals;

namespace {

fire_time at(const std::string& text) { return std::chrono::floor<std::chrono::seconds>(*parse_rfc3339(text)); }
std::string text_of(fire_time t) { return to_rfc3339(t).substr(0, 19) + "Z"; }

std::string texts(const std::vector<fire_time>& times) {
  std::string out;
  for (auto t : times) out += (out.empty() ? "" : " ") + text_of(t);
  return out;
}

zoned_cron table(const std::string& line, const std::string& zone = "UTC") {
  auto made = zoned_cron::make(line, zone);
  BOOST_REQUIRE_MESSAGE(made, line + " " + zone);
  return *made;
}

/// The fires of `line` in `zone` after `from`, in UTC.
std::string fires(const std::string& line, const std::string& zone, const std::string& from, int count) {
  const auto t = table(line, zone);
  std::vector<fire_time> out;
  for (auto next = t.next(at(from)); next && count > 0; next = t.next(*next), --count) out.push_back(*next);
  return texts(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zoned_cron_)

BOOST_AUTO_TEST_CASE(a_line_is_read_on_the_clocks_of_its_zone) {
  BOOST_TEST(fires("0 9 * * *", "Europe/Berlin", "2026-01-10T12:00:00Z", 1) == "2026-01-11T08:00:00Z");
  BOOST_TEST(fires("0 9 * * *", "Europe/Berlin", "2026-07-10T12:00:00Z", 1) == "2026-07-11T07:00:00Z");
  BOOST_TEST(fires("30 9 * * *", "Asia/Kolkata", "2026-07-10T12:00:00Z", 1) == "2026-07-11T04:00:00Z");
  BOOST_TEST(fires("0 0 1 1 *", "Pacific/Kiritimati", "2026-07-10T12:00:00Z", 1) == "2026-12-31T10:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_time_that_the_clocks_skip_fires_at_the_first_instant_after_the_gap) {
  // Berlin, 29 March 2026: from 02:00 (01:00 UTC) to 03:00.
  BOOST_TEST(fires("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3) ==
             "2026-03-28T01:30:00Z 2026-03-29T01:00:00Z 2026-03-30T00:30:00Z");
  BOOST_TEST(fires("30 2 29 3 *", "Europe/Berlin", "2026-03-29T00:59:59Z", 1) == "2026-03-29T01:00:00Z");
  // New York, 8 March 2026: from 02:00 (07:00 UTC) to 03:00.
  BOOST_TEST(fires("15 2 * * *", "America/New_York", "2026-03-08T00:00:00Z", 1) == "2026-03-08T07:00:00Z");
  // Lord Howe's gap is half an hour: 4 October 2026 from 02:00 (15:30 UTC the day before) to 02:30.
  BOOST_TEST(fires("10 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", 1) == "2026-10-03T15:30:00Z");
  // Samoa had no 30 December 2011.
  BOOST_TEST(fires("0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", 1) == "2011-12-30T10:00:00Z");
}

BOOST_AUTO_TEST_CASE(all_times_of_a_gap_fire_once_together) {
  BOOST_TEST(fires("*/20 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 4) ==
             "2026-03-29T00:40:00Z 2026-03-29T01:00:00Z 2026-03-29T01:20:00Z 2026-03-29T01:40:00Z");
}

BOOST_AUTO_TEST_CASE(a_time_that_the_clocks_show_twice_fires_once_at_the_first) {
  // Berlin, 25 October 2026: 02:00 to 03:00 is shown twice, from 00:00 and from 01:00 UTC.
  BOOST_TEST(fires("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2) == "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z");
  BOOST_TEST(fires("30 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z", 1) == "2026-10-26T01:30:00Z");
  BOOST_TEST(fires("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3) ==
             "2026-10-25T00:30:00Z 2026-10-25T02:00:00Z 2026-10-25T02:30:00Z");
  // New York, 1 November 2026: 01:30 EDT is 05:30 UTC.
  BOOST_TEST(fires("30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", 1) == "2026-11-01T05:30:00Z");
}

BOOST_AUTO_TEST_CASE(a_year_of_daily_fires_has_one_for_each_day_whatever_the_zone) {
  for (const auto* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"})
    for (const auto* line : {"30 2 * * *", "0 0 * * *", "30 1 * * *"}) {
      const auto t = table(line, zone);
      auto last = *t.next(at("2025-12-31T12:00:00Z"));
      for (int day = 0; day < 365; ++day) {
        const auto next = t.next(last);
        BOOST_TEST((*next - last > 22h && *next - last < 26h), zone << " " << line << " " << text_of(*next));
        last = *next;
      }
    }
}

BOOST_AUTO_TEST_CASE(wrong_lines_and_zones_are_reported_with_the_error) {
  BOOST_TEST(zoned_cron::make("0 0 31 2 *", "UTC").error() == "cron never fires: no month of '2' has a day '31'");
  BOOST_TEST(zoned_cron::make("* * * * *", "Europe/Belrin").error() ==
             "timezone: no time zone 'Europe/Belrin'; write a name such as Europe/Berlin or UTC");
  for (const auto* zone : {"", "../etc/passwd", "/etc/localtime", "Europe"})
    BOOST_TEST(!zoned_cron::make("* * * * *", zone).has_value(), zone);
}

BOOST_AUTO_TEST_CASE(the_last_fire_is_found_without_walking_through_all) {
  const auto every_second = table("* * * * * *"), monthly = table("0 0 1 * *");
  const auto early = at("1970-01-02T00:00:00Z"), now = at("2026-11-21T09:30:00Z");
  BOOST_TEST(text_of(*every_second.last(early, now)) == "2026-11-21T09:30:00Z");
  BOOST_TEST(text_of(*monthly.last(early, now)) == "2026-11-01T00:00:00Z");
  BOOST_TEST(text_of(*table("0 0 29 2 *").last(early, now)) == "2024-02-29T00:00:00Z");
  BOOST_TEST(!monthly.last(at("2026-11-01T00:00:00Z"), now).has_value());
  BOOST_TEST(text_of(*monthly.last(at("2026-10-31T23:59:59Z"), at("2026-11-01T00:00:00Z"))) == "2026-11-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(the_last_fire_is_the_one_that_walking_finds) {
  for (const auto* line : {"7 */5 * * *", "*/13 2-3 * * *", "30 2 * * *"}) {
    const auto t = table(line, "Europe/Berlin");
    const auto from = at("2026-10-24T00:00:00Z");
    std::optional<fire_time> walked;
    auto next = t.next(from);
    for (auto until = from; until < from + 72h; until += 7min) {
      for (; next && *next <= until; next = t.next(*next)) walked = next;
      BOOST_TEST((t.last(from, until) == walked), line << " " << text_of(until));
    }
  }
}

// -- what is due

BOOST_AUTO_TEST_CASE(nothing_is_due_between_fires) {
  const auto what = due(table("0 * * * *"), at("2026-11-21T09:00:00Z"), at("2026-11-21T09:59:59Z"), catch_up::all);
  BOOST_TEST(what.fires.empty());
  BOOST_TEST(!what.settled_until.has_value());
}

BOOST_AUTO_TEST_CASE(a_fire_on_time_or_a_little_late_is_fired_whatever_the_policy) {
  for (auto policy : {catch_up::skip, catch_up::last, catch_up::all}) {
    auto what = due(table("0 * * * *"), at("2026-11-21T09:00:00Z"), at("2026-11-21T10:00:59Z"), policy);
    BOOST_TEST(texts(what.fires) == "2026-11-21T10:00:00Z");
    BOOST_TEST(text_of(*what.settled_until) == "2026-11-21T10:00:00Z");
    BOOST_TEST(!what.missed);
    what = due(table("* * * * * *"), at("2026-11-21T09:00:00Z"), at("2026-11-21T09:00:03Z"), policy);
    BOOST_TEST(texts(what.fires) == "2026-11-21T09:00:01Z 2026-11-21T09:00:02Z 2026-11-21T09:00:03Z");
  }
}

BOOST_AUTO_TEST_CASE(missed_fires_are_skipped_fired_once_or_all_fired) {
  const auto hourly = table("0 * * * *");
  const auto down = at("2026-11-21T09:30:00Z"), up = at("2026-11-21T12:30:00Z");
  auto what = due(hourly, down, up, catch_up::skip);
  BOOST_TEST(what.fires.empty());
  BOOST_TEST(what.missed);
  BOOST_TEST(text_of(*what.settled_until) == "2026-11-21T12:00:00Z");
  what = due(hourly, down, up, catch_up::last);
  BOOST_TEST(texts(what.fires) == "2026-11-21T12:00:00Z");
  BOOST_TEST(what.missed);
  what = due(hourly, down, up, catch_up::all);
  BOOST_TEST(texts(what.fires) == "2026-11-21T10:00:00Z 2026-11-21T11:00:00Z 2026-11-21T12:00:00Z");
  BOOST_TEST(!what.missed);
}

BOOST_AUTO_TEST_CASE(a_fire_that_is_on_time_counts_among_the_missed_ones) {
  const auto hourly = table("0 * * * *");
  const auto down = at("2026-11-21T09:30:00Z"), up = at("2026-11-21T12:00:10Z");
  BOOST_TEST(texts(due(hourly, down, up, catch_up::skip).fires) == "2026-11-21T12:00:00Z");
  BOOST_TEST(texts(due(hourly, down, up, catch_up::last).fires) == "2026-11-21T12:00:00Z");
  const auto one = due(hourly, at("2026-11-21T11:30:00Z"), at("2026-11-21T12:30:00Z"), catch_up::last);
  BOOST_TEST(texts(one.fires) == "2026-11-21T12:00:00Z");
  BOOST_TEST(!one.missed);
}

BOOST_AUTO_TEST_CASE(catching_up_is_bounded_and_keeps_the_latest) {
  const auto what = due(table("* * * * * *"), at("2020-01-01T00:00:00Z"), at("2026-11-21T12:00:00Z"), catch_up::all);
  BOOST_REQUIRE(what.fires.size() == max_caught_up);
  BOOST_TEST(what.missed);
  BOOST_TEST(text_of(what.fires.back()) == "2026-11-21T12:00:00Z");
  BOOST_TEST((what.fires.back() - what.fires.front() == 999s));
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_put_back_fires_nothing_again) {
  for (auto policy : {catch_up::skip, catch_up::last, catch_up::all})
    BOOST_TEST(due(table("* * * * *"), at("2026-11-21T12:00:00Z"), at("2026-11-21T11:00:00Z"), policy).fires.empty());
}

BOOST_AUTO_TEST_SUITE_END()
