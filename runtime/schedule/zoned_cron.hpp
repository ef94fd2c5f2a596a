#pragma once

#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/time_zone.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::schedule {

using fire_time = std::chrono::sys_seconds;

/// The times of a schedule: a cron expression in a time zone. A local time that is skipped (clocks put forward) runs at the
/// first instant after the gap; one that occurs twice (clocks put back) runs once, at the first.
class zoned_cron {
 public:
  /// The error names the problem with the expression or the zone.
  static tl::expected<zoned_cron, std::string> make(std::string_view line, const std::string& zone);

  /// The first run after `after`; nullopt after the year 2199.
  std::optional<fire_time> next(fire_time after) const;
  /// The last run after `after` up to and including `until`. Takes a few dozen steps, however long the interval.
  std::optional<fire_time> last(fire_time after, fire_time until) const;

 private:
  zoned_cron(cron line, time_zone zone) : line_(line), zone_(zone) {}

  cron line_;
  time_zone zone_;
};

/// Which missed runs are caught up after an outage of all nodes: none, the last, or all of them.
enum class catch_up { skip, last, all };
std::optional<catch_up> parse_catch_up(std::string_view name) noexcept;

/// A run that is later than this counts as missed; otherwise it is only late (for example after a change of the leader).
inline constexpr std::chrono::seconds fire_grace{60};
/// Maximum number of runs caught up with `all`; the latest ones.
inline constexpr std::size_t max_caught_up = 1'000;

struct due_fires {
  std::vector<fire_time> fires;            ///< ascending
  std::optional<fire_time> settled_until;  ///< all runs up to this time are decided; nullopt: no run is due
  bool missed = false;                     ///< runs up to that time were skipped
};

/// The runs that are due now, after `settled`. Pure.
due_fires due(const zoned_cron& table, fire_time settled, fire_time now, catch_up policy);

}  // namespace millrace::schedule
