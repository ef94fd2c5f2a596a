#pragma once

#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/schedule/zoned_cron.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace millrace::actors {

/// A schedule as presented to operators.
struct schedule_view {
  postgres::schedule_record row;  ///< `problem` includes a cron expression or time zone that this node cannot parse
  std::string next, last_fired;   ///< RFC 3339, in whole seconds; empty: no next run, or never run
};

/// Pure. `now` is the database's time.
schedule_view view_of(postgres::schedule_record row, schedule::fire_time now);
/// Lists schedules ordered by name.
std::vector<schedule_view> view_schedules(unit_of_work& work, const postgres::schedule_page& page);
/// For the API and the command line. Empty values become null.
nlohmann::ordered_json to_json(const schedule_view& s);

}  // namespace millrace::actors
