#include "connectors/postgres/task/task_store.hpp"

#include "connectors/postgres/session/column_array.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"

namespace millrace::postgres {

namespace {

// Rows are locked in the order of their keys before they are written. The node itself may have raised the claim since its
// execution began: a unit of work continues after its actor was killed. `finished_at` is the time of this statement, which
// runs after a transfer has locked its accounts: refused transfers are in order with the posted ones (`posted_at`).
constexpr statement finish_tasks{"task_finish", R"sql(
with held as materialized (
  select t.id, t.tenant, u.place, u.result, u.error, u.counts, s.state,
         case when t.cancel_requested_at is not null and s.state in ('scheduled', 'retrying') then 'cancelled'
              else s.state end as final
  from unnest($1::uuid[], $2::text[], $3::bigint[], $4::millrace.task_state[], $5::text[], $6::text[], $7::bool[], $8::bigint[],
              $10::millrace.task_state[])
         with ordinality as u(id, tenant, claim, state, result, error, counts, generation, accepted, place)
  join millrace.task t on t.id = coalesce(u.id, ($1::uuid[])[1]) and t.tenant = coalesce(u.tenant, ($2::text[])[1])
                      and t.state = coalesce(u.accepted, ($10::millrace.task_state[])[1])
                      and (t.claim = coalesce(u.claim, ($3::bigint[])[1])
                           or (t.node = $9::text and t.generation = coalesce(u.generation, ($8::bigint[])[1])))
  cross join lateral (select coalesce(u.state, ($4::millrace.task_state[])[1]) as state) s
  order by t.id, t.tenant
  for no key update of t
)
update millrace.task t
set state = held.final,
    result = nullif(coalesce(held.result, ($5::text[])[1]), ''),
    error = nullif(coalesce(held.error, ($6::text[])[1]), ''),
    attempt = case when coalesce(held.counts, ($7::bool[])[1]) then t.attempt else greatest(t.attempt - 1, 0) end,
    finished_at = case when held.final not in ('running', 'scheduled', 'retrying') then statement_timestamp() end,
    cancel_requested_at = case when held.final in ('running', 'scheduled', 'retrying') then t.cancel_requested_at end
from held
where t.id = held.id and t.tenant = held.tenant
returning held.place, held.final <> held.state)sql"};

}  // namespace

std::vector<finish_verdict> finish(unit_of_work& work, std::span<const finish_row> rows, std::string_view node) {
  if (rows.empty()) return {};
  column_array id, tenant, claim, state, result, error, counts, generation, accepted;
  for (const auto& row : rows) {
    id.add(row.id);
    tenant.add(row.tenant);
    claim.add(row.claim);
    state.add(to_string(row.state));
    result.add(row.result);
    error.add(shortened(row.error, max_error_bytes));
    counts.add(row.counts ? "true" : "false");
    generation.add(row.generation);
    accepted.add(to_string(row.accepted));
  }
  const auto written = work.exec(finish_tasks, id.str(), tenant.str(), claim.str(), state.str(), result.str(), error.str(),
                                 counts.str(), generation.str(), storable_text(node), accepted.str());
  std::vector<finish_verdict> done(rows.size(), finish_verdict::fenced);
  for (const auto& row : written)
    done.at(row[0].as<std::size_t>() - 1) = row[1].as<bool>() ? finish_verdict::cancelled : finish_verdict::written;
  return done;
}

}  // namespace millrace::postgres
