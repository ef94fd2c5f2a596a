#include "connectors/postgres/verify/ledger_decisions.hpp"

namespace millrace::postgres {
namespace {

constexpr auto all_accounts = R"sql(
select tenant, name, currency, allow_negative, (extract(epoch from opened_at) * 1000000)::bigint from millrace.account)sql";

constexpr auto all_openings = R"sql(
select tenant, id, content_type, payload from millrace.task
where type = 'ledger.open_account' and state = 'succeeded' and result::jsonb ->> 'opened' = 'true')sql";

// A refusal follows the transfers of its own batch: `finish` runs after them.
constexpr auto all_decisions = R"sql(
with refused as (
  select id, tenant, finished_at, started_at, content_type, payload, coalesce(result::jsonb ->> 'reason', 'none') as reason
  from millrace.task
  where type = 'transaction.transfer' and state = 'succeeded' and result::jsonb ->> 'posted' = 'false'
)
select x.tenant, x.task_id, (extract(epoch from x.posted_at) * 1000000)::bigint as decided, x.number,
       coalesce((extract(epoch from t.started_at) * 1000000)::bigint, 0), t.content_type, t.payload,
       x.debit, x.credit, x.currency, coalesce(x.memo, ''), x.amount, ''
from millrace.transfer x left join millrace.task t
  on t.id = x.task_id and t.tenant = x.tenant and t.type = 'transaction.transfer' and t.state = 'succeeded'
     and t.result::jsonb ->> 'posted' = 'true'
union all
select r.tenant, r.id, (extract(epoch from r.finished_at) * 1000000)::bigint, null,
       (extract(epoch from r.started_at) * 1000000)::bigint, r.content_type, r.payload,
       x.debit, x.credit, x.currency, coalesce(x.memo, ''), x.amount, r.reason
from refused r left join millrace.transfer x on x.task_id = r.id and x.tenant = r.tenant
order by 3, 4 nulls last)sql";

void for_each_row(unit_of_work& work, const char* sql, const std::function<void(const pqxx::row&)>& each) {
  auto& db = work.transaction();
  db.exec0(std::string{"declare verified no scroll cursor for "} + sql);
  for (pqxx::result page; !(page = db.exec("fetch 10000 from verified")).empty();)
    for (const auto& row : page) each(row);
  db.exec0("close verified");
}

task_payload_row payload_of(const pqxx::row& row, pqxx::row::size_type content_type) {
  return {row[content_type].is_null() ? "application/json" : row[content_type].c_str(),
          pqxx::binarystring{row[content_type + 1]}.str()};
}

ledger_decision decision_of(const pqxx::row& row) {
  ledger_decision d{.tenant = row[0].c_str(),
                    .task_id = row[1].c_str(),
                    .decided_us = row[2].as<std::int64_t>(),
                    .batch_us = row[4].as<std::int64_t>(),
                    .task = {},
                    .posted = {},
                    .refusal = row[12].c_str()};
  if (!row[6].is_null()) d.task = payload_of(row, 5);
  if (!row[7].is_null())
    d.posted = posted_transfer_row{.debit = row[7].c_str(),
                                   .credit = row[8].c_str(),
                                   .currency = row[9].c_str(),
                                   .memo = row[10].c_str(),
                                   .amount = row[11].as<std::int64_t>()};
  return d;
}

}  // namespace

void read_accounts(unit_of_work& work, const std::function<void(account_row)>& each) {
  for_each_row(work, all_accounts, [&](const pqxx::row& row) {
    each({.tenant = row[0].c_str(),
          .name = row[1].c_str(),
          .currency = row[2].c_str(),
          .allow_negative = row[3].as<bool>(),
          .opened_us = row[4].as<std::int64_t>()});
  });
}

void read_openings(unit_of_work& work, const std::function<void(opening_row)>& each) {
  for_each_row(work, all_openings, [&](const pqxx::row& row) {
    each({.tenant = row[0].c_str(), .task_id = row[1].c_str(), .task = payload_of(row, 2)});
  });
}

void read_ledger_decisions(unit_of_work& work, const std::function<void(ledger_decision)>& each) {
  for_each_row(work, all_decisions, [&](const pqxx::row& row) { each(decision_of(row)); });
}

std::int64_t ledger_ordered_since(unit_of_work& work) {
  return work.transaction()
      .exec1(
          "select coalesce(max((extract(epoch from applied_at) * 1000000)::bigint), 0) from millrace.schema_migration"
          " where name like '%transfer\\_order'")[0]
      .as<std::int64_t>();
}

}  // namespace millrace::postgres
