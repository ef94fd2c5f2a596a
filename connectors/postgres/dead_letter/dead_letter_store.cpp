#include "connectors/postgres/dead_letter/dead_letter_store.hpp"

#include "connectors/postgres/dead_letter/error_fingerprint.hpp"
#include "connectors/postgres/session/column_array.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace millrace::postgres {

namespace {

constexpr statement add_dead_letters_sql{"dead_letter_add", R"sql(
insert into millrace.dead_letter (id, tenant, task_id, original_id, type, queue, reason, error, attempts, generation, exchange,
                                  routing_key, content_type, correlation_id, traceparent, properties, raw_properties, payload,
                                  body_size, parked_in, fingerprint)
select coalesce(u.id, ($1::uuid[])[1]), coalesce(u.tenant, ($2::text[])[1]), coalesce(u.task_id, ($3::uuid[])[1]),
       nullif(coalesce(u.original_id, ($4::text[])[1]), ''), coalesce(u.type, ($5::text[])[1]),
       coalesce(u.queue, ($6::text[])[1]), coalesce(u.reason, ($7::text[])[1]), coalesce(u.error, ($8::text[])[1]),
       coalesce(u.attempts, ($9::bigint[])[1]), coalesce(u.generation, ($10::bigint[])[1]),
       coalesce(u.exchange, ($11::text[])[1]), coalesce(u.routing_key, ($12::text[])[1]),
       coalesce(u.content_type, ($13::text[])[1]), nullif(coalesce(u.correlation_id, ($14::text[])[1]), ''),
       nullif(coalesce(u.traceparent, ($15::text[])[1]), ''), coalesce(u.properties, ($16::text[])[1]),
       substring($19::bytea from u.raw_start for u.raw_length), substring($22::bytea from u.start for u.length),
       coalesce(u.body_size, ($23::bigint[])[1]), nullif(coalesce(u.parked_in, ($24::text[])[1]), ''),
       coalesce(u.fingerprint, ($25::text[])[1])
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
            $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::int[], $18::int[],
            $20::int[], $21::int[], $23::bigint[], $24::text[], $25::text[])
       as u(id, tenant, task_id, original_id, type, queue, reason, error, attempts, generation, exchange, routing_key,
            content_type, correlation_id, traceparent, properties, raw_start, raw_length, start, length, body_size, parked_in, fingerprint)
on conflict do nothing)sql"};

constexpr statement find_unfingerprinted{"dead_letter_unfingerprinted", R"sql(
select id, reason, error from millrace.dead_letter where fingerprint is null
order by id limit $1::bigint for no key update skip locked)sql"};

constexpr statement set_fingerprints{"dead_letter_set_fingerprint", R"sql(
update millrace.dead_letter d set fingerprint = u.fingerprint
from unnest($1::uuid[], $2::text[]) u(id, fingerprint) where d.id = u.id)sql"};

long long bounded(std::uint64_t size) {
  return static_cast<long long>(std::min<std::uint64_t>(size, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

std::size_t add_dead_letters(unit_of_work& work, std::span<const dead_letter_row> rows) {
  if (rows.empty()) return 0;
  // Keys are inserted in one order by everybody, so that concurrent calls cannot wait for each other in a circle.
  std::vector<const dead_letter_row*> sorted;
  for (const auto& row : rows) sorted.push_back(&row);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->id < b->id; });

  column_array id, tenant, task, original, type, queue, reason, error, attempts, generation, exchange, routing, content,
      correlation, trace, properties, body_size, parked_in, fingerprint;
  batch_bytes raw_properties, payload;
  for (const auto* row : sorted) {
    id.add(row->id);
    tenant.add(row->tenant);
    task.add(row->task_id);
    original.add(row->original_id);
    type.add(row->type);
    queue.add(row->queue);
    reason.add(row->reason);
    const auto shown = shortened(row->error, max_error_bytes);
    error.add(shown);
    fingerprint.add(error_fingerprint(row->reason, shown));
    attempts.add(row->attempts);
    generation.add(row->generation);
    exchange.add(row->exchange);
    routing.add(row->routing_key);
    content.add(row->content_type);
    correlation.add(row->correlation_id);
    trace.add(row->traceparent);
    properties.add(row->properties_json);
    raw_properties.add(row->raw_properties);
    payload.add(row->payload);
    body_size.add(bounded(row->body_size));
    parked_in.add(row->parked_in);
  }
  const auto added = work.exec(add_dead_letters_sql, id.str(), tenant.str(), task.str(), original.str(), type.str(),
                               queue.str(), reason.str(), error.str(), attempts.str(), generation.str(), exchange.str(),
                               routing.str(), content.str(), correlation.str(), trace.str(), properties.str(),
                               raw_properties.starts(), raw_properties.lengths(), raw_properties.blob(), payload.starts(),
                               payload.lengths(), payload.blob(), body_size.str(), parked_in.str(), fingerprint.str());
  return added.affected_rows();
}

std::size_t add_missing_fingerprints(unit_of_work& work, std::size_t limit) {
  text_array ids, fingerprints;
  const auto found = work.exec(find_unfingerprinted, static_cast<std::int64_t>(limit));
  for (const auto& row : found) {
    ids.add(row[0].c_str());
    fingerprints.add(error_fingerprint(row[1].c_str(), row[2].c_str()));
  }
  if (!found.empty()) work.exec(set_fingerprints, ids.str(), fingerprints.str());
  return found.size();
}

}  // namespace millrace::postgres
