#pragma once

#include <tl/expected.hpp>

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// What a wall clock shows, in whichever zone it hangs.
using civil_time = std::chrono::local_seconds;

/// A cron line: five fields (minute hour day-of-month month day-of-week), or six with the second before them, or one of
/// @yearly @annually @monthly @weekly @daily @midnight @hourly. A field is `*`, a number, a range `a-b`, any of them with a
/// step `/n`, or a list of these; months and weekdays have English names of three letters; Sunday is 0 and 7. As in POSIX
/// cron, a day matches either of the two day fields where both say something; one that begins with `*` says nothing.
/// Immutable, thread-safe.
class cron {
 public:
  /// Fails with what is wrong and what to write; also for a line that can never fire, as on the 31st of February.
  static tl::expected<cron, std::string> parse(std::string_view line);

  /// The first time after `after` that matches; none after the year 2199.
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
  std::bitset<8> weekdays_;  ///< from Sunday, 0; 7 is read as 0
  bool either_day_ = false;  ///< both day fields say something
};

}  // namespace millrace
