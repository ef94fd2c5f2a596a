#include "connectors/postgres/cluster/replication.hpp"

#include <pqxx/pqxx>

namespace millrace::postgres {

replication_state read_replication_state(unit_of_work& work) {
  // Roles without pg_read_all_stats see the rows of pg_stat_replication, but their state as null.
  const auto row = work.transaction().exec1(
      "select pg_is_in_recovery(), (select count(*) from pg_stat_replication r left join pg_replication_slots s"
      " on s.active_pid = r.pid where r.state is distinct from 'backup' and s.slot_type is distinct from 'logical')");
  return {.standby = row[0].as<bool>(), .replicas = row[1].as<std::int64_t>()};
}

}  // namespace millrace::postgres
