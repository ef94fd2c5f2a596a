#include "connectors/postgres/cluster/node_store.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

#include <algorithm>

namespace millrace::postgres {
namespace {

constexpr statement enter_process{"node_enter", R"sql(
insert into millrace.node (identity, name, version) values ($1::text, $2::text, $3::text) on conflict do nothing)sql"};

// The key of presence's lock, in the two halves that pg_locks shows.
#define MILLRACE_NODE_LIVES                                                                                       \
  "exists (select from pg_locks l, lateral (select hashtextextended('millrace node ' || n.identity, 0) as key) k" \
  " where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and l.mode = 'ExclusiveLock'"                  \
  " and l.database = (select oid from pg_database where datname = current_database())"                            \
  " and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295)"

constexpr statement read_processes{
    "node_list",
    "select identity, name, version, to_char(started_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), alive"
    " from (select n.*, " MILLRACE_NODE_LIVES
    " as alive from millrace.node n) n where alive or started_at > now() - interval '1 day'"
    " order by started_at desc, identity limit 1000"};

constexpr statement count_living_processes{"node_count", "select count(*) from millrace.node n where " MILLRACE_NODE_LIVES};

constexpr statement forget_processes{
    "node_forget",
    "delete from millrace.node where identity in (select identity from millrace.node n where started_at < now() - interval"
    " '7 days' and not " MILLRACE_NODE_LIVES " limit 100)"};

}  // namespace

void enter_node(unit_of_work& work, const std::string& identity, const std::string& name, const std::string& version) {
  if (work.exec(enter_process, storable_text(identity), storable_text(name), version).affected_rows() > 0)
    work.exec(forget_processes);
}

std::vector<node_record> list_nodes(unit_of_work& work) {
  std::vector<node_record> all;
  for (const auto& row : work.exec(read_processes))
    all.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].as<bool>()});
  return all;
}

std::size_t count_living_nodes(unit_of_work& work) {
  return std::max<std::size_t>(work.exec(count_living_processes)[0][0].as<std::size_t>(), 1);
}

}  // namespace millrace::postgres
