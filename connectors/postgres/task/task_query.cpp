#include "connectors/postgres/task/task_query.hpp"

#include "config/text/encoding.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"

#include <algorithm>

namespace millrace::postgres {
namespace {

#define MILLRACE_TASK_RECORD                                                                                              \
  "select tenant, id, coalesce(original_id, ''), type, queue, state, coalesce(content_type, ''), attempt, generation,"    \
  " coalesce(correlation_id, ''), coalesce(traceparent, ''), f.published_at, f.received_at, f.started_at, f.finished_at," \
  " coalesce(result, ''), coalesce(error, ''), coalesce(node, '')"                                                        \
  " from millrace.task t"                                                                                                 \
  " cross join lateral ("                                                                                                 \
  " select coalesce(to_char(t.published_at at time zone 'UTC', p), '') as published_at,"                                  \
  " coalesce(to_char(t.received_at at time zone 'UTC', p), '') as received_at,"                                           \
  " coalesce(to_char(t.started_at at time zone 'UTC', p), '') as started_at,"                                             \
  " coalesce(to_char(t.finished_at at time zone 'UTC', p), '') as finished_at"                                            \
  " from (values ('YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) as pattern(p)) f"

constexpr statement find_task{
    "task_find", MILLRACE_TASK_RECORD
    " where (t.id = $1::uuid or t.original_id = $2::text) and ($3::text = '' or t.tenant = $3::text)"
    " order by t.received_at, t.tenant, t.id limit 1000"};

// A row without a type represents a task that has not arrived.
constexpr statement list_newest_tasks{
    "task_list", MILLRACE_TASK_RECORD
    " where t.received_at >= to_timestamp($1::bigint / 1e6::float8)"
    " and ($2::bigint is null or t.received_at < to_timestamp($2::bigint / 1e6::float8))"
    " and ($3::text = '' or t.tenant = $3::text) and ($4::text = '' or t.type = $4::text)"
    " and ($5::text = '' or t.queue = $5::text) and ($6::text = '' or t.state::text = $6::text) and t.type <> ''"
    " and ($7::text = '' or (t.received_at, t.id) < (nullif($7::text, '')::timestamptz, $8::uuid))"
    " order by t.received_at desc, t.id desc limit $9::bigint"};

task_record read_record(const pqxx::row& row) {
  task_record task;
  std::string* const leading[] = {&task.tenant, &task.id,    &task.original_id, &task.type,
                                  &task.queue,  &task.state, &task.content_type};
  std::string* const trailing[] = {&task.correlation_id, &task.traceparent, &task.published_at,
                                   &task.received_at,    &task.started_at,  &task.finished_at,
                                   &task.result,         &task.error,       &task.node};
  int column = 0;
  for (auto* text : leading) *text = row[column++].c_str();
  task.attempt = row[column++].as<std::uint32_t>();
  task.generation = row[column++].as<std::uint32_t>();
  for (auto* text : trailing) *text = row[column++].c_str();
  return task;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : text::hex_value(text[i]) < 0) return false;
  }
  return true;
}

}  // namespace

std::vector<task_record> find_tasks(unit_of_work& work, std::string_view id, std::string_view tenant) {
  const auto text = storable_text(id);
  std::vector<task_record> found;
  for (const auto& row : work.exec(find_task, is_uuid(text) ? text.c_str() : nullptr, text, storable_text(tenant)))
    found.push_back(read_record(row));
  return found;
}

std::vector<task_record> list_tasks(unit_of_work& work, const task_filter& filter, const task_mark& after,
                                    std::size_t limit) {
  std::vector<task_record> found;
  for (const auto& row :
       work.exec(list_newest_tasks, filter.since_us, filter.until_us, filter.tenant, filter.type, filter.queue, filter.state,
                 after.received_at, after.id.empty() ? nullptr : after.id.c_str(), static_cast<std::int64_t>(limit)))
    found.push_back(read_record(row));
  return found;
}

}  // namespace millrace::postgres
