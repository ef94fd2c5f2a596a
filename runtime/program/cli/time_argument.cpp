#include "runtime/program/cli/time_argument.hpp"

#include "runtime/program/cli/command.hpp"
#include "runtime/task/rfc3339.hpp"

#include <charconv>
#include <optional>

namespace millrace::cli {
namespace {

std::optional<std::chrono::seconds> parse_age(const std::string& text) {
  using namespace std::chrono;
  constexpr std::uint32_t max_number = 100'000;
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit{static_cast<const char*>(end), text.data() + text.size()};
  if (error != std::errc{} || number > max_number) return {};
  if (unit == "s") return seconds{number};
  if (unit == "m") return minutes{number};
  if (unit == "h") return hours{number};
  if (unit == "d") return days{number};
  if (unit == "w") return weeks{number};
  return {};
}

}  // namespace

wall_time parse_time_argument(const std::string& option, const std::string& text, wall_time now) {
  if (auto age = parse_age(text)) return now - *age;
  if (auto time = parse_rfc3339(text)) return *time;
  throw failure(misused, option + ": '" + text +
                             "' must be an age (90s, 30m, 2h, 7d, 2w) or an RFC 3339 time with an offset " +
                             "(2026-11-21T09:30:00Z)");
}

}  // namespace millrace::cli
