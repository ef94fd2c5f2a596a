#include "connectors/postgres/verify/invariants.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

namespace millrace::postgres {

namespace {

struct check {
  const char* invariant;
  const char* what;
  const char* checked;   ///< SQL: one number
  const char* breaches;  ///< SQL: one text for each breach
};

// A malformed message may have no readable id, so its dead letter is also searched by the id's bytes.
constexpr check of_tasks[] = {
    {"I1", "confirmed tasks lost", "select count(*) from confirmed where expect <> 'dead'", R"sql(
select c.published || coalesce(' is ' || t.state, '')
from confirmed c left join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.expect <> 'dead' and (t.id is null or (t.state = 'running' and not exists (
  select from millrace.lease l where l.task_id = t.id and l.tenant = t.tenant)) or (t.state in ('scheduled', 'retrying') and not exists (
  select from millrace.outbox o
  where o.message_id = coalesce(t.original_id, t.id::text) and o.headers ->> 'tenant' = t.tenant))))sql"},
    {"I1", "confirmed tasks that should have succeeded and did not", "select count(*) from confirmed where expect = 'done'",
     R"sql(
select c.published || ' is ' || t.state from confirmed c join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.expect = 'done' and t.state in ('dead', 'cancelled', 'expired'))sql"},
    {"I1", "broken messages without exactly one dead letter", "select count(*) from confirmed where expect = 'dead'", R"sql(
select c.published || ' has ' || n.letters from confirmed c
cross join lateral (
  select count(*) as letters from millrace.dead_letter d
  where (d.task_id = c.id and d.tenant = c.tenant) or d.original_id = c.published
     or position(convert_to(c.published, 'UTF8') in d.raw_properties) > 0
     or (length(d.payload) < 65536 and position(convert_to(c.published, 'UTF8') in d.payload) > 0)
) n where c.expect = 'dead' and n.letters <> 1)sql"},
    {"I2", "succeeded transfers that did not post, or posted transfers that did not succeed",
     "select count(*) from millrace.transfer", R"sql(
select coalesce(t.id, x.task_id)::text
from (select id, tenant from millrace.task where type = 'transaction.transfer' and state = 'succeeded'
        and coalesce(result::jsonb ->> 'posted', 'true') = 'true') t
full join millrace.transfer x on x.task_id = t.id and x.tenant = t.tenant
where t.id is null or x.task_id is null)sql"},
    {"I3", "accounts whose balance is not the fold of their entries", "select count(*) from millrace.account",
     "select tenant || '/' || account from millrace.ledger_imbalance"},
    {"I3", "ledgers whose debits and credits differ",
     "select count(*) from (select from millrace.account group by tenant, currency) l",
     "select tenant || ' ' || currency from millrace.account group by tenant, currency having sum(balance) <> 0"},
    {"I3", "accounts below their limit", "select count(*) from millrace.account",
     "select tenant || '/' || name from millrace.account where balance < 0 and not allow_negative"},
    {"I4", "tasks whose state contradicts their history", "select count(*) from millrace.task", R"sql(
select t.id::text || ' ' || t.state from millrace.task t
where (t.finished_at is null) <> (t.state in ('scheduled', 'running', 'retrying'))
   or (t.state = 'succeeded' and t.attempt = 0)
   or (t.state = 'dead' and not exists (
         select from millrace.dead_letter d where d.task_id = t.id and d.tenant = t.tenant)))sql"},
    {"I5", "tasks that were released before they ended",
     "select count(*) from millrace.task where state in ('scheduled', 'running', 'retrying')", R"sql(
select t.id::text || ' ' || t.state from millrace.task t
where (t.state = 'running' and not exists (
         select from millrace.lease l where l.task_id = t.id and l.tenant = t.tenant))
   or (t.state in ('scheduled', 'retrying') and not exists (
         select from millrace.outbox o
         where o.message_id = coalesce(t.original_id, t.id::text) and o.headers ->> 'tenant' = t.tenant)))sql"},
    {"I5", "leases of tasks that do not run", "select count(*) from millrace.lease", R"sql(
select l.task_id::text from millrace.lease l left join millrace.task t on t.id = l.task_id and t.tenant = l.tenant
where t.state is distinct from 'running')sql"},
    {"I6", "tasks charged with attempts that they did not cause", "select count(*) from confirmed where expect = 'done'",
     R"sql(
select c.published || ' took ' || t.attempt from confirmed c join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.expect = 'done' and t.attempt > 1 + c.failures)sql"},
    {"I8", "outbox messages that are due and not published", "select count(*) from millrace.outbox",
     "select message_id from millrace.outbox where due_at <= now()"},
};

constexpr check of_effects[] = {
    {"I2", "e-mails and webhooks repeated", "select count(*) from effect",
     "select id::text || ' ' || count(*) || ' times' from effect group by id having count(*) > 1"},
    {"I2", "e-mails and webhooks that succeeded unseen",
     "select count(*) from millrace.task where type like 'notification.%' and state = 'succeeded'", R"sql(
select t.id::text from millrace.task t
where t.type like 'notification.%' and t.state = 'succeeded' and not exists (select from effect e where e.id = t.id))sql"},
};

finding run(pqxx::transaction_base& db, const check& c) {
  finding found{.invariant = c.invariant, .what = c.what, .examples = {}};
  found.of = db.exec1(c.checked)[0].as<std::int64_t>();
  const auto breaches =
      db.exec(std::string{"select count(*) over (), b.what from ("} + c.breaches + ") as b(what) order by 2 limit 5");
  for (const auto& row : breaches) {
    found.breaches = row[0].as<std::int64_t>();
    found.examples.emplace_back(row[1].c_str());
  }
  return found;
}

const char* to_string(expectation e) { return e == expectation::done ? "done" : e == expectation::dead ? "dead" : "any"; }

}  // namespace

void load_confirmed(unit_of_work& work, const source<confirmed_task>& next) {
  auto& db = work.transaction();
  db.exec0(
      "create temporary table confirmed (id uuid, tenant text collate \"C\", published text, expect text, failures bigint)"
      " on commit drop");
  pqxx::stream_to rows{db, "confirmed", std::vector<std::string>{"id", "tenant", "published", "expect", "failures"}};
  for (confirmed_task t; next(t);)
    rows << std::make_tuple(t.id, storable_text(t.tenant), storable_text(t.published_id), to_string(t.expect),
                            std::int64_t{t.failures});
  rows.complete();
  db.exec0("analyze confirmed");
}

void load_effects(unit_of_work& work, const source<std::string>& next) {
  auto& db = work.transaction();
  db.exec0("create temporary table effect (id uuid) on commit drop");
  pqxx::stream_to rows{db, "effect", std::vector<std::string>{"id"}};
  for (std::string id; next(id);) rows << std::make_tuple(id);
  rows.complete();
  db.exec0("create index on effect (id)");
  db.exec0("analyze effect");
}

std::vector<finding> check_invariants(unit_of_work& work, bool with_effects) {
  std::vector<finding> found;
  for (const auto& c : of_tasks) found.push_back(run(work.transaction(), c));
  if (with_effects)
    for (const auto& c : of_effects) found.push_back(run(work.transaction(), c));
  return found;
}

std::int64_t count_in_progress(unit_of_work& work) {
  return work.transaction()
      .exec1(
          "select (select count(*) from millrace.outbox where due_at <= now() + interval '1 minute')"
          " + (select count(*) from millrace.task where state = 'running')")[0]
      .as<std::int64_t>();
}

}  // namespace millrace::postgres
