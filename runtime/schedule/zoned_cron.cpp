#include "runtime/schedule/zoned_cron.hpp"

#include <algorithm>

namespace millrace::schedule {
namespace {

using namespace std::chrono;

/// The runs after `after` up to and including `until`, or the last `max_caught_up` of them.
due_fires collect(const zoned_cron& table, fire_time after, fire_time until) {
  due_fires out;
  for (auto at = table.next(after); at && *at <= until; at = table.next(*at)) {
    out.fires.push_back(*at);
    if (out.fires.size() > max_caught_up) break;
  }
  if (out.fires.size() <= max_caught_up) return out;
  out.fires.clear();
  out.missed = true;
  for (auto at = table.last(after, until); at && out.fires.size() < max_caught_up; at = table.last(after, *at - 1s))
    out.fires.push_back(*at);
  std::ranges::reverse(out.fires);
  return out;
}

}  // namespace

tl::expected<zoned_cron, std::string> zoned_cron::make(std::string_view line, const std::string& zone) {
  auto read = cron::parse(line);
  if (!read) return tl::unexpected("cron " + read.error());
  auto found = time_zone::find(zone);
  if (!found) return tl::unexpected("timezone: " + found.error());
  return zoned_cron{*read, *found};
}

std::optional<fire_time> zoned_cron::next(fire_time after) const {
  for (auto local = line_.next(zone_.to_local(after)); local; local = line_.next(*local)) {
    // When the clocks are put back, local times that have already run occur again.
    const auto instant = zone_.to_instant(*local);
    if (instant > after) return instant;
  }
  return std::nullopt;
}

std::optional<fire_time> zoned_cron::last(fire_time after, fire_time until) const {
  auto found = next(after);
  if (!found || *found > until) return std::nullopt;
  while (*found < until) {  // `found` is a run, and there is none after `until`
    const auto middle = *found + (until - *found + 1s) / 2;
    const auto later = next(middle - 1s);
    if (later && *later <= until)
      found = later;
    else
      until = middle - 1s;
  }
  return found;
}

std::optional<catch_up> parse_catch_up(std::string_view name) noexcept {
  if (name == "skip") return catch_up::skip;
  if (name == "last") return catch_up::last;
  if (name == "all") return catch_up::all;
  return std::nullopt;
}

due_fires due(const zoned_cron& table, fire_time settled, fire_time now, catch_up policy) {
  const auto newest = table.last(settled, now);
  if (!newest) return {};
  const auto on_time = std::max(settled, now - fire_grace);
  const bool late = on_time > settled && table.last(settled, on_time).has_value();
  due_fires out;
  if (late && policy == catch_up::last) {
    out.fires = {*newest};
    out.missed = table.next(settled) != newest;
  } else {
    out = collect(table, late && policy == catch_up::skip ? on_time : settled, now);
    out.missed = out.missed || (late && policy == catch_up::skip);
  }
  out.settled_until = newest;
  return out;
}

}  // namespace millrace::schedule
