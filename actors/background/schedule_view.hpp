#pragma once

#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/schedule/zoned_cron.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace millrace {

/// A schedule as operators see it.
struct schedule_view {
  postgres::schedule_record row;  ///< `problem` also tells of a cron line or a zone that this node cannot read
  std::string next, last_fired;   ///< RFC 3339 on the second; empty: it does not fire, has never fired
};

/// Pure; `now` is the database's time.
schedule_view view_of(postgres::schedule_record row, fire_time now);
/// By name.
std::vector<schedule_view> view_schedules(unit_of_work& work, const postgres::schedule_page& page);
/// For the API and the command line; what is empty is null.
nlohmann::ordered_json to_json(const schedule_view& s);

}  // namespace millrace
