#include "actors/handlers/webhook/webhook_outcome.hpp"

#include "config/text/json_escape.hpp"
#include "config/text/utf8.hpp"
#include "runtime/task/effect_context.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace::handlers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds shortest_wait{1};
constexpr seconds longest_wait{std::chrono::hours{24}};

/// Parses a string of digits; values out of range are clamped to the maximum.
std::optional<std::int64_t> parse_digits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : INT64_MAX;
}

/// RFC 9110 IMF-fixdate, the only format that may still be sent: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view shape = "---, -- --- ---- --:--:-- GMT";
  if (text.size() != shape.size()) return {};
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != '-' && shape[i] != text[i]) return {};
  const auto month = months.find(text.substr(8, 3));
  const auto number = [&](std::size_t at, std::size_t length) { return parse_digits(text.substr(at, length)); };
  const auto day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2), second = number(23, 2);
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute || !second) return {};
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + seconds{*second};
}

std::optional<milliseconds> retry_after(const http::response& answer, std::chrono::system_clock::time_point now) {
  if (answer.status != 429 && answer.status < 500) return {};
  for (const auto& [name, value] : answer.headers)
    if (name == "retry-after") return parse_retry_after(value, now);
  return {};
}

std::string describe(const http::response& answer) {
  std::string text = "HTTP " + std::to_string(answer.status);
  if (!answer.body.empty()) text += ": " + text::excerpt(answer.body);
  if (!answer.incomplete.empty()) text += " (response incomplete: " + text::excerpt(answer.incomplete) + ")";
  return text;
}

std::string result_of(const http::response& answer) {
  std::string json = R"({"status":)" + std::to_string(answer.status);
  if (!answer.incomplete.empty()) json += R"(,"incomplete":)" + text::json_string(answer.incomplete);
  return json + "}";
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now) {
  std::optional<seconds> wait;
  if (const auto number = parse_digits(value))
    wait = seconds{*number};
  else if (const auto date = parse_http_date(value))
    wait = std::chrono::ceil<seconds>(*date - std::chrono::floor<milliseconds>(now));
  if (!wait) return {};
  return std::clamp(*wait, shortest_wait, longest_wait);
}

outcome webhook_outcome(const http::response& answer, std::chrono::system_clock::time_point now) {
  if (answer.status >= 200 && answer.status < 300) return succeeded{result_of(answer)};
  if (answer.status == 410) return dead{dead_reason::rejected, describe(answer)};
  return retry{retry_after(answer, now), describe(answer)};
}

outcome webhook_outcome(const http::failure& failed) {
  switch (failed.error) {
    case http::transfer_error::bad_url:
      return dead{dead_reason::invalid_payload, "field 'url': " + failed.message};
    case http::transfer_error::forbidden_address:
      return dead{dead_reason::rejected, "field 'url': " + failed.message};
    case http::transfer_error::resolve:
    case http::transfer_error::connect:
    case http::transfer_error::tls:
    case http::transfer_error::timeout:
    case http::transfer_error::circuit_open:
    case http::transfer_error::other:
      break;
  }
  return unanswered(failed);
}

}  // namespace millrace::handlers
