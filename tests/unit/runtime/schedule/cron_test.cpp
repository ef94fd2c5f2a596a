#include "runtime/schedule/cron.hpp"

#include "runtime/task/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::schedule;

namespace {

/// "2026-11-21T09:30:00" as a civil time, and back.
civil_time at(const std::string& text) {
  return civil_time{floor<std::chrono::seconds>(parse_rfc3339(text + "Z")->time_since_epoch())};
}
std::string text_of(civil_time t) { return to_rfc3339(wall_time{t.time_since_epoch()}).substr(0, 19); }

/// The next fires of `line` after `from`, up to `count` of them.
std::string fires(const std::string& line, const std::string& from, int count = 1) {
  auto c = cron::parse(line);
  BOOST_REQUIRE_MESSAGE(c, line + ": " + (c ? "" : c.error()));
  std::string out;
  for (auto t = c->next(at(from)); t && count > 0; t = c->next(*t), --count) out += (out.empty() ? "" : " ") + text_of(*t);
  return out;
}

std::string error_of(const std::string& line) {
  auto c = cron::parse(line);
  return c ? "" : c.error();
}

/// Every day of a span, one by one, against the rule as POSIX words it.
bool is_day(std::chrono::year_month_day d, unsigned day, unsigned weekday) {
  return unsigned{d.day()} == day || std::chrono::weekday{std::chrono::local_days{d}}.c_encoding() == weekday;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cron_)

BOOST_AUTO_TEST_CASE(the_next_fire_is_strictly_after_the_given_time) {
  BOOST_TEST(fires("30 9 * * *", "2026-11-21T09:29:59") == "2026-11-21T09:30:00");
  BOOST_TEST(fires("30 9 * * *", "2026-11-21T09:30:00") == "2026-11-22T09:30:00");
  BOOST_TEST(fires("30 9 * * *", "2026-12-31T09:30:00") == "2027-01-01T09:30:00");
}

BOOST_AUTO_TEST_CASE(every_field_takes_stars_numbers_ranges_steps_and_lists) {
  BOOST_TEST(fires("* * * * *", "2026-11-21T23:58:30", 2) == "2026-11-21T23:59:00 2026-11-22T00:00:00");
  BOOST_TEST(fires("*/20 * * * *", "2026-11-21T09:00:00", 3) ==
             "2026-11-21T09:20:00 2026-11-21T09:40:00 2026-11-21T10:00:00");
  BOOST_TEST(fires("5-7 9 * * *", "2026-11-21T09:00:00", 4) ==
             "2026-11-21T09:05:00 2026-11-21T09:06:00 2026-11-21T09:07:00 2026-11-22T09:05:00");
  BOOST_TEST(fires("0 8-18/4 * * *", "2026-11-21T00:00:00", 4) ==
             "2026-11-21T08:00:00 2026-11-21T12:00:00 2026-11-21T16:00:00 2026-11-22T08:00:00");
  BOOST_TEST(fires("50/5 9 * * *", "2026-11-21T00:00:00", 3) ==
             "2026-11-21T09:50:00 2026-11-21T09:55:00 2026-11-22T09:50:00");
  BOOST_TEST(fires("0 3,1,1-2 * * *", "2026-11-21T00:00:00", 3) ==
             "2026-11-21T01:00:00 2026-11-21T02:00:00 2026-11-21T03:00:00");
  BOOST_TEST(fires("0 0 1 */6 *", "2026-11-21T00:00:00", 2) == "2027-01-01T00:00:00 2027-07-01T00:00:00");
  BOOST_TEST(fires(" 0\t0  1 1 * ", "2026-11-21T00:00:00") == "2027-01-01T00:00:00");
}

BOOST_AUTO_TEST_CASE(seconds_are_an_optional_first_field) {
  BOOST_TEST(fires("* * * * * *", "2026-11-21T23:59:58", 2) == "2026-11-21T23:59:59 2026-11-22T00:00:00");
  BOOST_TEST(fires("15,45 0 9 * * *", "2026-11-21T09:00:15", 2) == "2026-11-21T09:00:45 2026-11-22T09:00:15");
}

BOOST_AUTO_TEST_CASE(months_and_weekdays_have_names_in_any_case_and_sunday_two_numbers) {
  BOOST_TEST(fires("0 0 1 JAN,jul *", "2026-11-21T00:00:00", 2) == "2027-01-01T00:00:00 2027-07-01T00:00:00");
  BOOST_TEST(fires("0 0 * * Mon-Fri", "2026-11-20T00:00:00", 2) == "2026-11-23T00:00:00 2026-11-24T00:00:00");
  for (const auto* sunday : {"0", "7", "SUN", "7-7"})
    BOOST_TEST(fires(std::string{"0 0 * * "} + sunday, "2026-11-21T00:00:00", 2) ==
               "2026-11-22T00:00:00 2026-11-29T00:00:00");
  for (const auto* long_weekend : {"FRI-SUN", "5-7", "5-0", "5,6,0"})
    BOOST_TEST(fires(std::string{"0 0 * * "} + long_weekend, "2026-11-19T00:00:00", 4) ==
               "2026-11-20T00:00:00 2026-11-21T00:00:00 2026-11-22T00:00:00 2026-11-27T00:00:00");
}

BOOST_AUTO_TEST_CASE(macros_expand_to_the_usual_lines) {
  const std::string from = "2026-11-18T10:30:00";  // a Wednesday
  BOOST_TEST(fires("@hourly", from) == "2026-11-18T11:00:00");
  BOOST_TEST(fires("@daily", from) == "2026-11-19T00:00:00");
  BOOST_TEST(fires("@midnight", from) == "2026-11-19T00:00:00");
  BOOST_TEST(fires("@weekly", from) == "2026-11-22T00:00:00");
  BOOST_TEST(fires("@Monthly", from) == "2026-12-01T00:00:00");
  BOOST_TEST(fires("@yearly", from) == "2027-01-01T00:00:00");
  BOOST_TEST(fires("@annually", from) == "2027-01-01T00:00:00");
}

BOOST_AUTO_TEST_CASE(a_day_matches_either_field_if_both_are_restricted) {
  auto c = *cron::parse("0 0 13 * FRI");
  auto t = at("2026-01-01T00:00:00");
  const auto first = floor<std::chrono::days>(t) + std::chrono::days{1};
  for (auto day = first; day < first + std::chrono::days{1'000}; day += std::chrono::days{1})
    if (is_day(std::chrono::year_month_day{day}, 13, 5)) {
      t = *c.next(t);
      BOOST_TEST(text_of(t) == text_of(day));
    }
}

BOOST_AUTO_TEST_CASE(a_day_must_match_both_fields_where_one_begins_with_a_star) {
  BOOST_TEST(fires("0 0 13 * *", "2026-11-21T00:00:00", 2) == "2026-12-13T00:00:00 2027-01-13T00:00:00");
  BOOST_TEST(fires("0 0 * * FRI", "2026-11-21T00:00:00", 2) == "2026-11-27T00:00:00 2026-12-04T00:00:00");
  BOOST_TEST(fires("0 0 */10 * MON", "2026-11-01T00:00:00", 3) ==  // the 1st, 11th, 21st and 31st that are Mondays
             "2026-12-21T00:00:00 2027-01-11T00:00:00 2027-02-01T00:00:00");
}

BOOST_AUTO_TEST_CASE(days_that_not_every_month_has_wait_for_one_that_does) {
  BOOST_TEST(fires("0 0 31 * *", "2026-01-31T00:00:00", 3) == "2026-03-31T00:00:00 2026-05-31T00:00:00 2026-07-31T00:00:00");
  BOOST_TEST(fires("0 0 29 2 *", "2026-01-01T00:00:00", 2) == "2028-02-29T00:00:00 2032-02-29T00:00:00");
  BOOST_TEST(fires("0 0 29 2 *", "2096-03-01T00:00:00") == "2104-02-29T00:00:00");
  BOOST_TEST(fires("0 0 29 2 */7", "2026-01-01T00:00:00") == "2032-02-29T00:00:00");  // a Sunday
}

BOOST_AUTO_TEST_CASE(time_ends_with_the_year_2199) {
  BOOST_TEST(fires("59 23 31 12 *", "2199-01-01T00:00:00") == "2199-12-31T23:59:00");
  BOOST_TEST(fires("59 23 31 12 *", "2199-12-31T23:59:00") == "");
}

BOOST_AUTO_TEST_CASE(a_line_that_never_fires_is_an_error) {
  BOOST_TEST(error_of("0 0 31 2 *") == "never fires: no month of '2' has a day '31'");
  BOOST_TEST(error_of("0 0 30 FEB *") == "never fires: no month of 'FEB' has a day '30'");
  BOOST_TEST(error_of("0 0 31 4,6,9,11 *") == "never fires: no month of '4,6,9,11' has a day '31'");
  BOOST_TEST(error_of("0 0 31 2 MON") == "");  // either day
  BOOST_TEST(error_of("0 0 31 2,3 *") == "");
}

BOOST_AUTO_TEST_CASE(errors_name_the_field_and_the_allowed_values) {
  BOOST_TEST(error_of("") ==
             "has 0 fields; write five, 'minute hour day-of-month month day-of-week', or six with the second first");
  BOOST_TEST(error_of("* * * *").starts_with("has 4 fields; "));
  BOOST_TEST(error_of("* * * * * * *").starts_with("has 7 fields; "));
  BOOST_TEST(error_of("60 * * * *") == "minute '60': out of range, allowed: 0 to 59");
  BOOST_TEST(error_of("60 * * * * *") == "second '60': out of range, allowed: 0 to 59");
  BOOST_TEST(error_of("* 24 * * *") == "hour '24': out of range, allowed: 0 to 23");
  BOOST_TEST(error_of("* * 0 * *") == "day-of-month '0': out of range, allowed: 1 to 31");
  BOOST_TEST(error_of("* * * 13 *") == "month '13': out of range, allowed: 1 to 12");
  BOOST_TEST(error_of("* * * * 8") == "day-of-week '8': out of range, allowed: 0 to 7");
  BOOST_TEST(error_of("* 99999999999999999999 * * *") == "hour '99999999999999999999': out of range, allowed: 0 to 23");
  BOOST_TEST(error_of("x * * * *") == "minute 'x': is no number");
  BOOST_TEST(error_of("1x * * * *") == "minute '1x': is no number");
  BOOST_TEST(error_of("-1 * * * *") == "minute '': is no number");
  BOOST_TEST(error_of("+1 * * * *") == "minute '+1': is no number");
  BOOST_TEST(error_of("1, * * * *") == "minute '': is no number");
  BOOST_TEST(error_of("* * * JANUARY *") == "month 'JANUARY': is neither a number nor a name such as feb");
  BOOST_TEST(error_of("* * * * MO") == "day-of-week 'MO': is neither a number nor a name such as mon");
  BOOST_TEST(error_of("JAN * * * *") == "minute 'JAN': is no number");
  BOOST_TEST(error_of("* 22-2 * * *") == "hour '22-2': the range runs backwards; write it as two, separated by a comma");
  BOOST_TEST(error_of("*/0 * * * *") == "minute '*/0': the step after '/' must be from 1 to 60");
  BOOST_TEST(error_of("*/90 * * * *") == "minute '*/90': the step after '/' must be from 1 to 60");
  BOOST_TEST(error_of("*/ * * * *") == "minute '*/': the step after '/' must be from 1 to 60");
  BOOST_TEST(error_of("*5 * * * *") == "minute '*5': is no number");
  BOOST_TEST(error_of("@reboot") == "'@reboot' is unknown; there are @yearly, @monthly, @weekly, @daily and @hourly");
  BOOST_TEST(error_of(std::string(257, ' ')) == "longer than 256 bytes");
  BOOST_TEST(error_of("\x01 * * * *") == "minute '?': is no number");
}

BOOST_AUTO_TEST_SUITE_END()
