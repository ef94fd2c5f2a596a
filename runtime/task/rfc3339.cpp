#include "runtime/task/rfc3339.hpp"

#include <array>
#include <cstdio>

namespace millrace {
namespace {

using namespace std::chrono;

/// Consumes parts from the front of a text. After the first mismatch, `ok` stays false.
struct cursor {
  std::string_view rest;
  bool ok = true;

  bool next_is(std::string_view any_of) const { return !rest.empty() && any_of.find(rest.front()) != any_of.npos; }
  char character(std::string_view any_of) {
    ok = ok && next_is(any_of);
    if (!ok) return '\0';
    const char c = rest.front();
    rest.remove_prefix(1);
    return c;
  }
  int number(int digits) {
    int value = 0;
    for (int i = 0; i < digits && ok; ++i) value = value * 10 + (character("0123456789") - '0');
    return ok ? value : 0;
  }
};

microseconds fraction(cursor& at) {
  std::int64_t value = 0;
  int digits = 0;
  do {
    const int digit = at.number(1);
    if (++digits <= 6) value = value * 10 + digit;
  } while (at.next_is("0123456789"));
  for (; digits < 6; ++digits) value *= 10;
  return microseconds{value};
}

std::optional<minutes> offset(cursor& at) {
  const char sign = at.character("Zz+-");
  if (sign == 'Z' || sign == 'z') return minutes{0};
  const int h = at.number(2);
  at.character(":");
  const int m = at.number(2);
  if (!at.ok || h > 23 || m > 59) return std::nullopt;
  const minutes ahead = hours{h} + minutes{m};
  return sign == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<wall_time> from_unix_seconds(std::uint64_t seconds) noexcept {
  if (seconds > max_unix_seconds) return std::nullopt;
  return wall_time{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept {
  cursor at{text};
  const int y = at.number(4);
  at.character("-");
  const int mo = at.number(2);
  at.character("-");
  const int d = at.number(2);
  at.character("Tt ");
  const int h = at.number(2);
  at.character(":");
  const int mi = at.number(2);
  at.character(":");
  const int s = at.number(2);
  microseconds below{0};
  if (at.next_is(".")) {
    at.character(".");
    below = fraction(at);
  }
  const auto ahead = offset(at);
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!at.ok || !at.rest.empty() || !ahead || !date.ok() || y < 1970 || y > 2199 || h > 23 || mi > 59 || s > 60)
    return std::nullopt;
  return sys_days{date} + hours{h} + minutes{mi} + seconds{s} + below - *ahead;
}

std::string to_rfc3339(wall_time time) {
  const auto day_start = floor<days>(time);
  const year_month_day date{day_start};
  const hh_mm_ss clock{floor<microseconds>(time - day_start)};
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", int{date.year()},
                                   unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                                   static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                                   static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace millrace
