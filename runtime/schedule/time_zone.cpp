#include "runtime/schedule/time_zone.hpp"

#include "config/text/utf8.hpp"

#include <date/tz.h>
#include <stdexcept>

namespace millrace::schedule {

tl::expected<time_zone, std::string> time_zone::find(const std::string& name) {
  try {
    return time_zone{date::locate_zone(name)};
  } catch (const std::runtime_error&) {
    return tl::unexpected("no time zone " + text::excerpt(name) + "; write a name such as Europe/Berlin or UTC" +
                          (name == "UTC" ? " (is tzdata installed?)" : ""));
  }
}

std::chrono::local_seconds time_zone::to_local(std::chrono::sys_seconds instant) const {
  return std::chrono::local_seconds{instant.time_since_epoch() + zone_->get_info(instant).offset};
}

std::chrono::sys_seconds time_zone::to_instant(std::chrono::local_seconds local) const {
  const auto info = zone_->get_info(date::local_seconds{local.time_since_epoch()});
  if (info.result == date::local_info::nonexistent) return info.second.begin;
  return std::chrono::sys_seconds{local.time_since_epoch() - info.first.offset};
}

}  // namespace millrace::schedule
