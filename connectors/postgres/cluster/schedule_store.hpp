#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The `schedule` table: recurring tasks. All functions work in the caller's transaction; times are microseconds since 1970.
namespace millrace::postgres {

/// A configured schedule.
struct configured_schedule {
  std::string name, tenant, cron, timezone, type, payload, queue, catch_up;
};
/// Updates the table from the configuration: rows are written by name, and rows of earlier configurations that are no longer
/// named are disabled. Rows that do not come from a configuration are kept, unless a configured schedule has their name. A
/// disabled schedule stays disabled.
void configure_schedules(unit_of_work& work, std::span<const configured_schedule> wanted);

/// The times of an enabled schedule.
struct schedule_timing {
  std::string name, cron, timezone, catch_up, problem;
  std::int64_t settled_us = 0;
};
/// The enabled schedules by name, up to 10,000.
std::vector<schedule_timing> enabled_schedules(unit_of_work& work);
/// The database's clock.
std::int64_t database_now(unit_of_work& work);

/// The task of a schedule.
struct schedule_task {
  std::string tenant, type, content_type, queue, payload;
};
/// Advances `settled_until`, and sets `last_fired_at` to `fired_us` if the schedule fires. Returns nothing if the row has
/// changed since it was read, by another scheduler or an operator; the schedule must not fire then.
std::optional<schedule_task> settle_schedule(unit_of_work& work, std::string_view name, std::int64_t from_us,
                                             std::int64_t to_us, std::optional<std::int64_t> fired_us);
/// The task of a schedule, enabled or not; nothing if no schedule has that name.
std::optional<schedule_task> read_schedule_task(unit_of_work& work, std::string_view name);
/// Stores why an enabled schedule cannot fire; an empty text removes it.
void note_schedule_problem(unit_of_work& work, std::string_view name, std::string_view problem);

/// True if this connection is the scheduler leader of the database. Becomes leader if there is none; leadership ends with
/// the connection. `backend` keeps the leading connection between calls (initially 0).
bool lead_schedulers(unit_of_work& work, int& backend);

/// A schedule as operators see it.
struct schedule_record {
  std::string name, tenant, cron, timezone, type, queue, catch_up, origin, problem;
  std::string payload_digest;  ///< SHA-256 of its content type and payload, in hex
  bool enabled = false;
  std::optional<std::int64_t> last_fired_us;
  std::int64_t settled_us = 0;
};
/// Selects schedules to list.
struct schedule_page {
  std::string tenant;  ///< empty: all
  std::string after;   ///< last name of the previous page; empty: from the start
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
};
/// Ordered by name.
std::vector<schedule_record> list_schedules(unit_of_work& work, const schedule_page& page);
/// The schedule of that name, locked until the transaction ends.
std::optional<schedule_record> lock_schedule(unit_of_work& work, std::string_view name);
/// False if there is no schedule of that name.
bool enable_schedule(unit_of_work& work, std::string_view name, bool enabled);

}  // namespace millrace::postgres
