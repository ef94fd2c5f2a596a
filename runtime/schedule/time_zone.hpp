#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <string>

namespace date {
class time_zone;
}

namespace millrace::schedule {

/// A time zone of the system's IANA database (Debian's tzdata), which is read once, on first use. A cheap handle;
/// thread-safe.
class time_zone {
 public:
  /// Finds a zone by name, e.g. "Europe/Berlin" or "UTC".
  static tl::expected<time_zone, std::string> find(const std::string& name);

  std::chrono::local_seconds to_local(std::chrono::sys_seconds instant) const;
  /// The instant of the local time `local`: the earlier one if it occurs twice; the first instant after the gap if it is
  /// skipped. Never decreases as `local` grows.
  std::chrono::sys_seconds to_instant(std::chrono::local_seconds local) const;

 private:
  explicit time_zone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  ///< owned by the library's database, which lives as long as the process
};

}  // namespace millrace::schedule
