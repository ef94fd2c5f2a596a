#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <string>

namespace date {
class time_zone;
}

namespace millrace {

/// A time zone of the IANA database as the system has it (Debian's tzdata), read when it is first asked for; a newer
/// database counts from the next start on. A cheap handle; thread-safe.
class time_zone {
 public:
  /// The zone of that name, e.g. "Europe/Berlin" or "UTC"; else what is wrong.
  static tl::expected<time_zone, std::string> find(const std::string& name);

  std::chrono::local_seconds to_local(std::chrono::sys_seconds instant) const;
  /// The instant at which the clocks show `local`: the earlier one where they show it twice; where they never do, because
  /// they are put forward over it, the first instant after the gap. Never decreases as `local` grows.
  std::chrono::sys_seconds to_instant(std::chrono::local_seconds local) const;

 private:
  explicit time_zone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  ///< of the library's database, which lives as long as the process
};

}  // namespace millrace
