#pragma once

#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/time_zone.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

using fire_time = std::chrono::sys_seconds;

/// When a schedule fires: a cron line on the clocks of a time zone. A time that the clocks skip (they are put forward) fires
/// at the first instant after the gap; one that they show twice (they are put back) fires once, at the first.
class zoned_cron {
 public:
  /// Fails with what is wrong with the line or the zone.
  static tl::expected<zoned_cron, std::string> make(std::string_view line, const std::string& zone);

  /// The first fire after `after`; none after the year 2199.
  std::optional<fire_time> next(fire_time after) const;
  /// The last fire after `after` and not after `until`. Takes some dozen steps however long the time between.
  std::optional<fire_time> last(fire_time after, fire_time until) const;

 private:
  zoned_cron(cron line, time_zone zone) : line_(line), zone_(zone) {}

  cron line_;
  time_zone zone_;
};

/// What becomes of fires that nobody was there for, because every node was down: none, the last, or all of them.
enum class catch_up { skip, last, all };
std::optional<catch_up> parse_catch_up(std::string_view name) noexcept;

/// A fire that is later than this counts as missed; below, it is only late (a leader was restarted).
inline constexpr std::chrono::seconds fire_grace{60};
/// Fires caught up with `all` at most; the latest ones.
inline constexpr std::size_t max_caught_up = 1'000;

struct due_fires {
  std::vector<fire_time> fires;            ///< ascending
  std::optional<fire_time> settled_until;  ///< everything up to then is decided; none: nothing is due
  bool missed = false;                     ///< some of the time up to then was dropped
};

/// What is due after `settled`, now. Pure.
due_fires due(const zoned_cron& table, fire_time settled, fire_time now, catch_up policy);

}  // namespace millrace
