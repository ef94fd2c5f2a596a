#include "connectors/postgres/cluster/queue_control_store.hpp"

namespace millrace::postgres {
namespace {

#define MILLRACE_QUEUE_CONTROL_COLUMNS                \
  " queue, paused, concurrency, rate_limit, version," \
  " to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), changed_by, why"

constexpr statement read_controls{
    "queue_control_read", "select" MILLRACE_QUEUE_CONTROL_COLUMNS " from millrace.queue_control order by queue limit 1000"};

// Locks the name, because there may be no row to lock.
constexpr statement take_control{"queue_control_lock",
                                 "select pg_advisory_xact_lock(hashtextextended('millrace queue control ' || $1::text, 0))"};

constexpr statement read_control{
    "queue_control_one", "select" MILLRACE_QUEUE_CONTROL_COLUMNS " from millrace.queue_control where queue = $1::text"};

constexpr statement write_control{"queue_control_write", R"sql(
insert into millrace.queue_control as c (queue, paused, concurrency, rate_limit, changed_by, why)
values ($1::text, $2::bool, $3::integer, $4::float8, $5::text, $6::text)
on conflict (queue) do update set paused = excluded.paused, concurrency = excluded.concurrency,
  rate_limit = excluded.rate_limit, version = c.version + 1, changed_at = now(), changed_by = excluded.changed_by,
  why = excluded.why
returning version)sql"};

queue_control control_of(const pqxx::row& row) {
  queue_control c;
  c.queue = row[0].c_str();
  c.paused = row[1].as<bool>();
  if (!row[2].is_null()) c.concurrency = row[2].as<std::int64_t>();
  if (!row[3].is_null()) c.rate_limit = row[3].as<double>();
  c.version = row[4].as<std::int64_t>();
  c.changed_at = row[5].c_str();
  c.changed_by = row[6].c_str();
  c.why = row[7].c_str();
  return c;
}

}  // namespace

std::vector<queue_control> read_queue_controls(unit_of_work& work) {
  std::vector<queue_control> all;
  for (const auto& row : work.exec(read_controls)) all.push_back(control_of(row));
  return all;
}

queue_control lock_queue_control(unit_of_work& work, const std::string& queue) {
  work.exec(take_control, queue);
  const auto found = work.exec(read_control, queue);
  return found.empty() ? queue_control{.queue = queue} : control_of(found[0]);
}

std::int64_t write_queue_control(unit_of_work& work, const queue_control& wanted) {
  return work
      .exec(write_control, wanted.queue, wanted.paused, wanted.concurrency, wanted.rate_limit, wanted.changed_by,
            wanted.why)[0][0]
      .as<std::int64_t>();
}

}  // namespace millrace::postgres
