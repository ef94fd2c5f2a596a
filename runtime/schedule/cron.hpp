#pragma once

#include <tl/expected.hpp>

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::schedule {

/// A wall-clock time without a zone.
using civil_time = std::chrono::local_seconds;

/// A cron expression: five fields (minute hour day-of-month month day-of-week), or six with the second in front, or one of
/// @yearly @annually @monthly @weekly @daily @midnight @hourly. A field is `*`, a number, a range `a-b`, either of them with
/// a step `/n`, or a list of these. Months and weekdays have three-letter English names; Sunday is 0 and 7. As in POSIX
/// cron, a day matches either of the two day fields if both are restricted; a field that begins with `*` is not. Immutable,
/// thread-safe.
class cron {
 public:
  /// The error describes the problem and the correction. Also fails for an expression that can never match, such as 31
  /// February.
  static tl::expected<cron, std::string> parse(std::string_view line);

  /// The first matching time after `after`; nullopt after the year 2199.
  std::optional<civil_time> next(civil_time after) const;

 private:
  std::string read(std::string_view line);
  bool ever_fires() const;
  bool matches(std::chrono::year_month_day day) const;
  std::optional<std::chrono::seconds> time_of_day(std::chrono::seconds from) const;

  std::bitset<60> seconds_, minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  ///< from Sunday (0); 7 is normalized to 0
  bool either_day_ = false;  ///< both day fields are restricted
};

}  // namespace millrace::schedule
