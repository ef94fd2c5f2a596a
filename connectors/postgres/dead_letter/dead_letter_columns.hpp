#pragma once

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"

/// The columns of a `dead_letter_record` in `millrace.dead_letter d`, in the order that `read_dead_letter` expects.
#define MILLRACE_DEAD_LETTER_TIME(column) \
  "coalesce(to_char(" column " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '')"
#define MILLRACE_DEAD_LETTER_COLUMNS \
  "d.id, " MILLRACE_DEAD_LETTER_TIME("d.died_at") ", d.tenant, d.task_id, coalesce(d.original_id, ''), d.type, d.queue," \
  " d.reason, d.class, coalesce(d.fingerprint, ''), d.error, d.exchange, d.routing_key, d.content_type,"            \
  " coalesce(d.correlation_id, ''), coalesce(d.traceparent, ''), coalesce(d.parked_in, ''), "                       \
  MILLRACE_DEAD_LETTER_TIME("d.replayed_at") ", coalesce(d.replayed_by, ''), coalesce(d.run_id::text, ''), "     \
  MILLRACE_DEAD_LETTER_TIME("d.discarded_at") ", coalesce(d.discarded_by, ''), coalesce(d.why, ''), d.properties,"  \
  " d.attempts, d.generation, d.body_size"

namespace millrace::postgres {

/// Number of columns in MILLRACE_DEAD_LETTER_COLUMNS.
inline constexpr int dead_letter_columns = 27;

inline dead_letter_record read_dead_letter(const pqxx::row& row) {
  dead_letter_record r;
  std::string* const texts[] = {&r.id,           &r.died_at,      &r.tenant,      &r.task_id,      &r.original_id,
                                &r.type,         &r.queue,        &r.reason,      &r.error_class,  &r.fingerprint,
                                &r.error,        &r.exchange,     &r.routing_key, &r.content_type, &r.correlation_id,
                                &r.traceparent,  &r.parked_in,    &r.replayed_at, &r.replayed_by,  &r.run_id,
                                &r.discarded_at, &r.discarded_by, &r.why,         &r.properties};
  int column = 0;
  for (auto* text : texts) *text = row[column++].c_str();
  for (auto* number : {&r.attempts, &r.generation, &r.body_size}) *number = row[column++].as<std::int64_t>();
  return r;
}

}  // namespace millrace::postgres
