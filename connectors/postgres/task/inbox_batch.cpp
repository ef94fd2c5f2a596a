#include "connectors/postgres/task/inbox_batch.hpp"

#include "connectors/postgres/cluster/presence.hpp"
#include "connectors/postgres/session/column_array.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"
#include "connectors/postgres/session/timestamp.hpp"
#include "connectors/postgres/task/task_state.hpp"

#include <map>
#include <strings.h>

namespace millrace::postgres {

namespace {

// `coalesce(u.x, ($n)[1])`: see column_array.
constexpr const char* insert_rows = R"sql(
insert into millrace.task (id, tenant, type, queue, state, attempt, generation, claim, received_at, published_at, started_at,
                           finished_at, node, content_type, original_id, correlation_id, traceparent, reply_to, error, result, payload)
select coalesce(u.id, ($1::uuid[])[1]), coalesce(u.tenant, ($2::text[])[1]), coalesce(u.type, ($3::text[])[1]),
       coalesce(u.queue, ($4::text[])[1]), s.state,
       case when s.state in ('running', 'succeeded') then 1 else 0 end,
       coalesce(u.generation, ($6::bigint[])[1]), 1,
       to_timestamp(coalesce(u.received_at, ($7::bigint[])[1]) / 1e6::float8),
       to_timestamp(nullif(coalesce(u.published_at, ($8::bigint[])[1]), -1) / 1e6::float8),
       case when s.state in ('running', 'succeeded') then now() end,
       case when s.state not in ('running', 'scheduled', 'retrying') then now() end,
       $9::text,
       nullif(coalesce(u.content_type, ($10::text[])[1]), ''), nullif(coalesce(u.original_id, ($11::text[])[1]), ''),
       nullif(coalesce(u.correlation_id, ($12::text[])[1]), ''), nullif(coalesce(u.traceparent, ($13::text[])[1]), ''),
       nullif(coalesce(u.reply_to, ($14::text[])[1]), ''), nullif(coalesce(u.error, ($15::text[])[1]), ''),
       nullif(coalesce(u.result, ($19::text[])[1]), ''),
       substring($18::bytea from u.start for u.length)
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::millrace.task_state[], $6::bigint[], $7::bigint[],
            $8::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::int[], $17::int[], $19::text[])
       as u(id, tenant, type, queue, state, generation, received_at, published_at, content_type, original_id, correlation_id,
            traceparent, reply_to, error, start, length, result)
cross join lateral (select coalesce(u.state, ($5::millrace.task_state[])[1]) as state) s)sql";

/// Inserts all rows, or fails where a key is known.
const statement& insert_all() {
  static constexpr statement all{"task_insert_all", insert_rows};
  return all;
}

/// Inserts the rows whose key is new and returns those. Costs a fifth more, because PostgreSQL looks up each key before the
/// insert.
const statement& insert_unknown() {
  static const std::string sql = std::string{insert_rows} + "\non conflict do nothing\nreturning id, tenant";
  static const statement unknown{"task_insert", sql.c_str()};
  return unknown;
}

// A row without a type was cancelled before its task arrived; any delivery with its id is that task.
constexpr statement lock_tasks{"task_lock", R"sql(
select u.place, t.state, t.generation, t.attempt, t.claim,
       t.type in ('', coalesce(u.type, ($3::text[])[1])) as same_type,
       t.type = '' or t.payload = substring($6::bytea from u.start for u.length) as same_payload,
       case when t.state = 'running' then coalesce(t.node, '') end as runs_on, t.cancel_requested_at is not null,
       t.state = 'running' and exists (select from millrace.lease l where l.task_id = t.id and l.tenant = t.tenant)
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[]) with ordinality
       as u(id, tenant, type, start, length, place)
join millrace.task t on t.id = coalesce(u.id, ($1::uuid[])[1]) and t.tenant = coalesce(u.tenant, ($2::text[])[1])
order by t.id, t.tenant
for no key update of t)sql"};

constexpr statement update_tasks{"task_claim", R"sql(
update millrace.task t
set state = c.state, generation = c.generation, attempt = c.attempt, claim = c.claim, node = $9::text, queue = c.queue,
    payload = case when c.takes_payload then c.payload else t.payload end,
    content_type = case when c.takes_payload then c.content_type else t.content_type end,
    started_at = case when c.state in ('running', 'succeeded') then now() else t.started_at end,
    finished_at = case when c.state not in ('running', 'scheduled', 'retrying') then now() end,
    error = case when c.state <> 'succeeded' then coalesce(nullif(c.error, ''), t.error) end,
    result = case when c.state = 'succeeded' then nullif(c.result, '') else t.result end
from (
  select coalesce(u.id, ($1::uuid[])[1]) as id, coalesce(u.tenant, ($2::text[])[1]) as tenant,
         coalesce(u.state, ($3::millrace.task_state[])[1]) as state, coalesce(u.generation, ($4::bigint[])[1]) as generation,
         coalesce(u.attempt, ($5::bigint[])[1]) as attempt, coalesce(u.claim, ($6::bigint[])[1]) as claim,
         coalesce(u.queue, ($7::text[])[1]) as queue, coalesce(u.error, ($8::text[])[1]) as error,
         coalesce(u.takes_payload, ($10::bool[])[1]) as takes_payload, coalesce(u.result, ($15::text[])[1]) as result,
         nullif(coalesce(u.content_type, ($11::text[])[1]), '') as content_type,
         substring($14::bytea from u.start for u.length) as payload
  from unnest($1::uuid[], $2::text[], $3::millrace.task_state[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
              $8::text[], $10::bool[], $11::text[], $12::int[], $13::int[], $15::text[])
         as u(id, tenant, state, generation, attempt, claim, queue, error, takes_payload, content_type, start, length, result)
) c
where t.id = c.id and t.tenant = c.tenant)sql"};

}  // namespace

namespace {

struct insert_columns {
  column_array id, tenant, type, queue, state, generation, received, published, content, original, correlation, trace, reply,
      error, result;
  batch_bytes payload;
  std::string node;

  insert_columns(std::span<const inbox_row> rows, const row_places& order, std::string_view by) : node(storable_text(by)) {
    for (const auto place : order) add(rows[place]);
  }

  void add(const inbox_row& row) {
    id.add(row.id);
    tenant.add(row.tenant);
    type.add(row.type);
    queue.add(row.queue);
    state.add(to_string(row.state));
    generation.add(row.generation);
    received.add(storable_time(row.received_at_us));
    published.add(row.published_at_us ? storable_time(*row.published_at_us) : -1);
    content.add(row.content_type);
    original.add(row.original_id);
    correlation.add(row.correlation_id);
    trace.add(row.traceparent);
    reply.add(row.reply_to);
    error.add(shortened(row.error, max_error_bytes));
    result.add(row.result);
    payload.add(row.payload);
  }

  pqxx::result insert(unit_of_work& work, const statement& how) {
    return work.exec(how, id.str(), tenant.str(), type.str(), queue.str(), state.str(), generation.str(), received.str(),
                     published.str(), node, content.str(), original.str(), correlation.str(), trace.str(), reply.str(),
                     error.str(), payload.starts(), payload.lengths(), payload.blob(), result.str());
  }
};

}  // namespace

row_places insert_new(unit_of_work& work, std::span<const inbox_row> rows, const row_places& order,
                      const accepting_node& node) {
  insert_columns columns(rows, order, node.identity);
  if (!node.meets_known && order.size() >= unit_of_work::worth_an_attempt &&
      work.attempt([&] { columns.insert(work, insert_all()); }))
    return {};
  const auto inserted = columns.insert(work, insert_unknown());
  row_places known;
  if (inserted.size() == order.size()) return known;
  // Inserts are executed and returned in the order of the arrays: rows that are not returned existed.
  pqxx::result::size_type next = 0;
  for (const auto place : order) {
    const bool is_new = next < inserted.size() && strcasecmp(inserted[next][0].c_str(), rows[place].id.c_str()) == 0 &&
                        inserted[next][1].c_str() == storable_text(rows[place].tenant);
    if (is_new)
      ++next;
    else
      known.push_back(place);
  }
  return known;
}

namespace {

void mark_dead(unit_of_work& work, const std::map<std::string, row_places>& running,
               std::vector<std::optional<known_task>>& known) {
  std::vector<std::string> nodes;
  nodes.reserve(running.size());
  for (const auto& [node, places] : running) nodes.push_back(node);
  for (const auto& dead : dead_nodes(work, nodes))
    for (const auto place : running.at(dead)) known.at(place)->by = known_task::executor::dead;
}

}  // namespace

std::vector<std::optional<known_task>> lock_known(unit_of_work& work, std::span<const inbox_row> rows,
                                                  const row_places& order, const accepting_node& node) {
  column_array id, tenant, type;
  batch_bytes payload;
  for (const auto place : order) {
    id.add(rows[place].id);
    tenant.add(rows[place].tenant);
    type.add(rows[place].type);
    payload.add(rows[place].payload);
  }
  std::vector<std::optional<known_task>> known(order.size());
  std::map<std::string, row_places> running_elsewhere;  // by node; positions in `known`
  for (const auto& found :
       work.exec(lock_tasks, id.str(), tenant.str(), type.str(), payload.starts(), payload.lengths(), payload.blob())) {
    const auto place = found[0].as<std::size_t>() - 1;
    const bool elsewhere = !found[7].is_null() && found[7].c_str() != node.identity;
    if (elsewhere) running_elsewhere[found[7].c_str()].push_back(place);
    known.at(place) = known_task{.state = task_state_of(found[1].c_str()),
                                 .generation = found[2].as<std::uint32_t>(),
                                 .attempt = found[3].as<std::uint32_t>(),
                                 .claim = found[4].as<std::int64_t>(),
                                 .same_type = found[5].as<bool>(),
                                 .same_payload = found[6].as<bool>(),
                                 .by = elsewhere ? known_task::executor::alive : known_task::executor::caller,
                                 .cancel_requested = found[8].as<bool>(),
                                 .leased = found[9].as<bool>()};
  }
  if (!running_elsewhere.empty() && node.takes_over) mark_dead(work, running_elsewhere, known);
  return known;
}

void write_changes(unit_of_work& work, std::span<const inbox_row> rows, std::span<const inbox_change> changes,
                   std::string_view node) {
  column_array id, tenant, state, generation, attempt, claim, queue, error, takes_payload, content, result;
  batch_bytes payload;
  for (const auto& [place, decision] : changes) {
    const auto& row = rows[place];
    id.add(row.id);
    tenant.add(row.tenant);
    state.add(to_string(decision.state));
    generation.add(row.generation);
    attempt.add(decision.answer.attempt);
    claim.add(decision.answer.claim);
    queue.add(row.queue);
    error.add(shortened(row.error, max_error_bytes));
    takes_payload.add(decision.takes_payload ? "true" : "false");
    content.add(row.content_type);
    result.add(row.result);
    payload.add(decision.takes_payload ? row.payload : std::string_view{});
  }
  work.exec(update_tasks, id.str(), tenant.str(), state.str(), generation.str(), attempt.str(), claim.str(), queue.str(),
            error.str(), storable_text(node), takes_payload.str(), content.str(), payload.starts(), payload.lengths(),
            payload.blob(), result.str());
}

}  // namespace millrace::postgres
