#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The `schedule` table: what recurs. All functions work in the caller's transaction; times are microseconds since 1970.
namespace millrace::postgres {

/// A schedule as configuration gives it.
struct configured_schedule {
  std::string name, tenant, cron, timezone, type, payload, queue, catch_up;
};
/// Makes the table follow the configuration: rows are written by name, and rows of earlier configurations that are no longer
/// named are disabled. Rows of the table's own are left alone, but for those that a configured name takes over. A configured
/// schedule that was disabled stays so.
void configure_schedules(unit_of_work& work, std::span<const configured_schedule> wanted);

/// When an enabled schedule fires.
struct schedule_timing {
  std::string name, cron, timezone, catch_up, problem;
  std::int64_t settled_us = 0;
};
/// The enabled schedules by name, up to 10,000.
std::vector<schedule_timing> enabled_schedules(unit_of_work& work);
/// The database's clock.
std::int64_t database_now(unit_of_work& work);

/// What a schedule fires.
struct schedule_task {
  std::string tenant, type, content_type, queue, payload;
};
/// Moves `settled_until` from one time to another, and `last_fired_at` to `fired_us` where something is fired. Nothing if
/// the row is not as it was read: another scheduler was quicker, or it was changed or disabled. Then nothing may be fired.
std::optional<schedule_task> settle_schedule(unit_of_work& work, std::string_view name, std::int64_t from_us,
                                             std::int64_t to_us, std::optional<std::int64_t> fired_us);
/// What a schedule would fire, whether or not it is enabled; nothing if there is none of that name.
std::optional<schedule_task> read_schedule_task(unit_of_work& work, std::string_view name);
/// Notes why an enabled schedule cannot fire; an empty text takes the note away.
void note_schedule_problem(unit_of_work& work, std::string_view name, std::string_view problem);

/// Whether this connection leads the schedulers of the database. Takes the lead if nobody has it; it ends with the
/// connection. `backend` is the caller's memory between calls (0 at first): the connection that it leads by.
bool lead_schedulers(unit_of_work& work, int& backend);

/// A schedule as an operator sees it.
struct schedule_record {
  std::string name, tenant, cron, timezone, type, queue, catch_up, origin, problem;
  std::string payload_digest;  ///< SHA-256 of its content type and payload, in hex
  bool enabled = false;
  std::optional<std::int64_t> last_fired_us;
  std::int64_t settled_us = 0;
};
/// Which of them to list.
struct schedule_page {
  std::string tenant;  ///< empty: of all
  std::string after;   ///< the name that the page before ended with; empty: from the first
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
};
/// By name.
std::vector<schedule_record> list_schedules(unit_of_work& work, const schedule_page& page);
/// The schedule of that name, locked until the transaction ends.
std::optional<schedule_record> lock_schedule(unit_of_work& work, std::string_view name);
/// False if there is no schedule of that name.
bool enable_schedule(unit_of_work& work, std::string_view name, bool enabled);

}  // namespace millrace::postgres
