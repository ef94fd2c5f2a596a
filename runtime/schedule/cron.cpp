#include "runtime/schedule/cron.hpp"

#include "config/text/utf8.hpp"

#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace millrace::schedule {
namespace {

using namespace std::chrono;

constexpr std::size_t longest_line = 256;
constexpr int last_year = 2199;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> shorthands{{{"@yearly", "0 0 1 1 *"},
                                                                                   {"@annually", "0 0 1 1 *"},
                                                                                   {"@monthly", "0 0 1 * *"},
                                                                                   {"@weekly", "0 0 * * 0"},
                                                                                   {"@daily", "0 0 * * *"},
                                                                                   {"@midnight", "0 0 * * *"},
                                                                                   {"@hourly", "0 * * * *"}}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool skip_empty) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    if (end > begin || !skip_empty) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

/// Parses one field of a cron expression and formats its errors.
struct field {
  const char* name;
  int least, most;
  std::span<const std::string_view> names = {};  ///< names of the numbers from `first_name` on
  int first_name = 0;
  std::string error = {};

  bool fail(std::string_view text, const std::string& what) {
    error = std::string{name} + " " + text::excerpt(text) + ": " + what;
    return false;
  }
  std::string range() const { return std::to_string(least) + " to " + std::to_string(most); }

  bool number(std::string_view text, int& value) {
    const auto word = lower(text);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (word == names[i]) return value = first_name + static_cast<int>(i), true;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || failed == std::errc::invalid_argument || end != text.data() + text.size())
      return fail(text, names.empty() ? "is no number" : "is neither a number nor a name such as " + std::string{names[1]});
    if (failed != std::errc{} || value < least || value > most) return fail(text, "out of range, allowed: " + range());
    return true;
  }

  /// Parses `*`, `a` or `a-b`, each optionally with `/n`, into `first`, `last` and `step`.
  bool item(std::string_view text, int& first, int& last, int& step) {
    const auto slash = text.find('/');
    const auto base = text.substr(0, slash);
    const auto dash = base.find('-');
    first = least, last = most, step = 1;
    if (base != "*") {
      if (!number(base.substr(0, dash), first)) return false;
      last = slash == text.npos ? first : most;
      if (dash != base.npos && !number(base.substr(dash + 1), last)) return false;
      if (last == 0 && first > 0 && most == 7) last = 7;  // FRI-SUN
      if (last < first) return fail(base, "the range runs backwards; write it as two, separated by a comma");
    }
    if (slash == text.npos) return true;
    const auto by = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(by.data(), by.data() + by.size(), step);
    if (by.empty() || failed != std::errc{} || end != by.data() + by.size() || step < 1 || step > most - least + 1)
      return fail(text, "the step after '/' must be from 1 to " + std::to_string(most - least + 1));
    return true;
  }

  template <std::size_t Size>
  bool read(std::string_view text, std::bitset<Size>& numbers) {
    for (const auto part : split(text, ",", false)) {
      int first = 0, last = 0, step = 1;
      if (!item(part, first, last, step)) return false;
      for (int n = first; n <= last; n += step) numbers.set(static_cast<std::size_t>(n));
    }
    return true;
  }
};

}  // namespace

tl::expected<cron, std::string> cron::parse(std::string_view line) {
  cron c;
  if (auto wrong = c.read(line); !wrong.empty()) return tl::unexpected(std::move(wrong));
  return c;
}

std::string cron::read(std::string_view line) {
  if (line.size() > longest_line) return "longer than " + std::to_string(longest_line) + " bytes";
  auto parts = split(line, " \t", true);
  if (parts.size() == 1 && parts[0].starts_with('@')) {
    for (const auto& [name, meaning] : shorthands)
      if (lower(parts[0]) == name) return read(meaning);
    return text::excerpt(parts[0]) + " is unknown; there are @yearly, @monthly, @weekly, @daily and @hourly";
  }
  if (parts.size() != 5 && parts.size() != 6)
    return "has " + std::to_string(parts.size()) +
           " fields; write five, 'minute hour day-of-month month day-of-week', or six with the second first";
  if (parts.size() == 5) parts.insert(parts.begin(), "0");
  field second{"second", 0, 59}, minute{"minute", 0, 59}, hour{"hour", 0, 23}, day{"day-of-month", 1, 31};
  field month{"month", 1, 12, month_names, 1}, weekday{"day-of-week", 0, 7, weekday_names, 0};
  if (!second.read(parts[0], seconds_)) return second.error;
  if (!minute.read(parts[1], minutes_)) return minute.error;
  if (!hour.read(parts[2], hours_)) return hour.error;
  if (!day.read(parts[3], days_)) return day.error;
  if (!month.read(parts[4], months_)) return month.error;
  if (!weekday.read(parts[5], weekdays_)) return weekday.error;
  if (weekdays_[7]) weekdays_.set(0);
  either_day_ = !parts[3].starts_with('*') && !parts[5].starts_with('*');
  if (!ever_fires())
    return "never fires: no month of '" + std::string{parts[4]} + "' has a day '" + std::string{parts[3]} + "'";
  return "";
}

bool cron::ever_fires() const {
  if (either_day_) return true;
  constexpr std::array<std::size_t, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (std::size_t m = 1; m <= 12; ++m)
    for (std::size_t d = 1; months_[m] && d <= longest[m]; ++d)
      if (days_[d]) return true;
  return false;
}

bool cron::matches(year_month_day day) const {
  if (!months_[unsigned{day.month()}]) return false;
  const bool by_day = days_[unsigned{day.day()}];
  const bool by_weekday = weekdays_[weekday{local_days{day}}.c_encoding()];
  return either_day_ ? by_day || by_weekday : by_day && by_weekday;
}

std::optional<seconds> cron::time_of_day(seconds from) const {
  const hh_mm_ss start{from};
  const auto h0 = static_cast<std::size_t>(start.hours().count());
  const auto m0 = static_cast<std::size_t>(start.minutes().count());
  const auto s0 = static_cast<std::size_t>(start.seconds().count());
  for (auto h = h0; h < 24; ++h)
    for (auto m = h == h0 ? m0 : 0; hours_[h] && m < 60; ++m)
      for (auto s = h == h0 && m == m0 ? s0 : 0; minutes_[m] && s < 60; ++s)
        if (seconds_[s]) return hours{h} + minutes{m} + seconds{s};
  return std::nullopt;
}

std::optional<civil_time> cron::next(civil_time after) const {
  const auto first = after + 1s;
  auto day = floor<days>(first);
  auto from = first - day;
  for (;;) {
    const year_month_day date{day};
    if (int{date.year()} > last_year) return std::nullopt;
    if (!months_[unsigned{date.month()}]) {
      day = local_days{(date.year() / date.month() + months{1}) / 1};
    } else {
      if (matches(date))
        if (const auto time = time_of_day(from)) return day + *time;
      day += days{1};
    }
    from = 0s;
  }
}

}  // namespace millrace::schedule
