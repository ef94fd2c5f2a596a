#include "connectors/postgres/verify/invariants.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

#include <tuple>

namespace millrace::postgres {

namespace {

enum class needs : std::uint8_t { nothing, confirmed, effects, results, executions };

struct check {
  needs journal;
  const char* invariant;
  const char* what;
  const char* checked;   ///< SQL: one number
  const char* breaches;  ///< SQL: one text for each breach
};

// A malformed message may have no readable id, so its dead letter is also searched by the id's bytes.
constexpr check checks[] = {
    {needs::confirmed, "I1", "confirmed tasks lost", "select count(*) from confirmed where expect <> 'dead'", R"sql(
select c.published || coalesce(' is ' || t.state, '')
from confirmed c left join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.expect <> 'dead' and (t.id is null or (t.state = 'running' and not exists (
  select from millrace.lease l where l.task_id = t.id and l.tenant = t.tenant)) or (t.state in ('scheduled', 'retrying') and not exists (
  select from millrace.outbox o
  where o.message_id = coalesce(t.original_id, t.id::text) and o.headers ->> 'tenant' = t.tenant))))sql"},
    {needs::confirmed, "I1", "confirmed tasks that should have succeeded and did not",
     "select count(*) from confirmed where expect = 'done'",
     R"sql(
select c.published || ' is ' || t.state from confirmed c join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.expect = 'done' and t.state in ('dead', 'cancelled', 'expired'))sql"},
    {needs::confirmed, "I1", "broken messages without exactly one dead letter",
     "select count(*) from confirmed where expect = 'dead'", R"sql(
select c.published || ' has ' || n.letters from confirmed c
cross join lateral (
  select count(*) as letters from millrace.dead_letter d
  where (d.task_id = c.id and d.tenant = c.tenant) or d.original_id = c.published
     or position(convert_to(c.published, 'UTF8') in d.raw_properties) > 0
     or (length(d.payload) < 65536 and position(convert_to(c.published, 'UTF8') in d.payload) > 0)
) n where c.expect = 'dead' and n.letters <> 1)sql"},
    {needs::confirmed, "I1", "confirmed tasks without an id that were lost or ended otherwise",
     "select coalesce(sum(lines), 0)::bigint from confirmed_by_payload", R"sql(
select c.tenant || ' ' || encode(c.digest, 'hex') || ': ' || found.tasks || ' of ' || c.lines from confirmed_by_payload c
cross join lateral (
  select count(*) as tasks from payload_digest t
  where t.digest = c.digest and t.tenant = c.tenant
    and case c.expect when 'done' then t.state not in ('dead', 'cancelled', 'expired')
                      when 'dead' then t.state = 'dead' else true end
) found where found.tasks < c.lines)sql"},
    {needs::results, "I1", "results that were lost, or differ from their task's state",
     "select count(*) from confirmed where replies", R"sql(
select c.published || ' is ' || t.state from confirmed c join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.replies and t.state not in ('scheduled', 'running', 'retrying') and not exists (
  select from result_received r where r.id = c.id and r.tenant = c.tenant and r.state = t.state::text))sql"},
    {needs::executions, "I2", "recorded executions that were repeated, or differ from the succeeded tasks",
     "select count(*) from millrace.task where type = 'test.record'", R"sql(
select coalesce(t.id, x.task_id) || ' ' || coalesce(t.state::text, 'has no task') || ', ' || coalesce(x.times, 0) || ' executions'
from (select id, tenant, state from millrace.task where type = 'test.record') t
full join (select task_id, tenant, count(*) as times from millrace_test.execution group by 1, 2) x
  on x.task_id = t.id and x.tenant = t.tenant
where coalesce(x.times, 0) <> case when t.state = 'succeeded' then 1 else 0 end)sql"},
    {needs::nothing, "I2", "succeeded transfers that did not post, or posted transfers that did not succeed",
     "select count(*) from millrace.transfer", R"sql(
select coalesce(t.id, x.task_id)::text
from (select id, tenant from millrace.task where type = 'transaction.transfer' and state = 'succeeded'
        and (coalesce(result::jsonb ->> 'posted', 'true') = 'true' or result::jsonb ->> 'reason' = 'id_reused')) t
full join millrace.transfer x on x.task_id = t.id and x.tenant = t.tenant
where t.id is null or x.task_id is null)sql"},
    {needs::nothing, "I3", "accounts whose balance is not the fold of their entries",
     "select count(*) from millrace.account", "select tenant || '/' || account from millrace.ledger_imbalance"},
    {needs::nothing, "I3", "ledgers whose debits and credits differ",
     "select count(*) from (select from millrace.account group by tenant, currency) l",
     "select tenant || ' ' || currency from millrace.account group by tenant, currency having sum(balance) <> 0"},
    {needs::nothing, "I3", "accounts below their limit", "select count(*) from millrace.account",
     "select tenant || '/' || name from millrace.account where balance < 0 and not allow_negative"},
    {needs::nothing, "I4", "tasks whose state contradicts their history", "select count(*) from millrace.task", R"sql(
select t.id::text || ' ' || t.state from millrace.task t
where (t.finished_at is null) <> (t.state in ('scheduled', 'running', 'retrying'))
   or (t.state = 'succeeded' and t.attempt = 0)
   or (t.state = 'dead' and not exists (
         select from millrace.dead_letter d where d.task_id = t.id and d.tenant = t.tenant)))sql"},
    {needs::nothing, "I5", "tasks that were released before they ended",
     "select count(*) from millrace.task where state in ('scheduled', 'running', 'retrying')", R"sql(
select t.id::text || ' ' || t.state from millrace.task t
where (t.state = 'running' and not exists (
         select from millrace.lease l where l.task_id = t.id and l.tenant = t.tenant))
   or (t.state in ('scheduled', 'retrying') and not exists (
         select from millrace.outbox o
         where o.message_id = coalesce(t.original_id, t.id::text) and o.headers ->> 'tenant' = t.tenant)))sql"},
    {needs::nothing, "I5", "leases of tasks that do not run", "select count(*) from millrace.lease", R"sql(
select l.task_id::text from millrace.lease l left join millrace.task t on t.id = l.task_id and t.tenant = l.tenant
where t.state is distinct from 'running')sql"},
    {needs::confirmed, "I6", "tasks charged with attempts that they did not cause",
     "select count(*) from confirmed where expect = 'done'",
     R"sql(
select c.published || ' took ' || t.attempt from confirmed c join millrace.task t on t.id = c.id and t.tenant = c.tenant
where c.expect = 'done' and t.attempt > 1 + c.failures)sql"},
    {needs::nothing, "I8", "outbox messages that are due and not published", "select count(*) from millrace.outbox",
     "select message_id from millrace.outbox where due_at <= now()"},
    {needs::effects, "I2", "e-mails and webhooks repeated without a cause", "select count(*) from effect", R"sql(
select e.id::text || ' ' || e.times || ' times, ' || coalesce(r.times, 0) || ' repeats allowed'
from (select id, count(*) as times from effect group by id) e
left join (select id, count(*) as times from repeatable group by id) r on r.id = e.id
where e.times > 1 + coalesce(r.times, 0))sql"},
    {needs::effects, "I2", "e-mails and webhooks that succeeded unseen",
     "select count(*) from millrace.task where type like 'notification.%' and state = 'succeeded'", R"sql(
select t.id::text from millrace.task t
where t.type like 'notification.%' and t.state = 'succeeded' and not exists (select from effect e where e.id = t.id))sql"},
};

finding run(pqxx::transaction_base& db, const check& c, bool checked) {
  finding found{.invariant = c.invariant, .what = c.what, .checked = checked, .examples = {}};
  if (!checked) return found;
  found.of = db.exec1(c.checked)[0].as<std::int64_t>();
  const auto breaches =
      db.exec(std::string{"select count(*) over (), b.what from ("} + c.breaches + ") as b(what) order by 2 limit 5");
  for (const auto& row : breaches) {
    found.breaches = row[0].as<std::int64_t>();
    found.examples.emplace_back(row[1].c_str());
  }
  return found;
}

void load_ids(unit_of_work& work, const std::string& table, const source<std::string>& next) {
  auto& db = work.transaction();
  db.exec0("create temporary table " + table + " (id uuid) on commit drop");
  pqxx::stream_to rows{db, table, std::vector<std::string>{"id"}};
  for (std::string id; next(id);) rows << std::make_tuple(id);
  rows.complete();
  db.exec0("create index on " + table + " (id)");
  db.exec0("analyze " + table);
}

/// Tasks without an id are found by their payloads, whose digests are computed only if there are any.
void load_without_id(pqxx::transaction_base& db,
                     const std::map<std::tuple<std::string, std::string, std::string>, std::int64_t>& lines) {
  db.exec0(
      "create temporary table confirmed_by_payload (tenant text collate \"C\", digest bytea, expect text, lines bigint)"
      " on commit drop");
  pqxx::stream_to rows{db, "confirmed_by_payload", std::vector<std::string>{"tenant", "digest", "expect", "lines"}};
  for (const auto& [key, count] : lines)
    rows << std::make_tuple(std::get<0>(key), "\\x" + std::get<1>(key), std::get<2>(key), count);
  rows.complete();
  db.exec0(std::string{"create temporary table payload_digest on commit drop as"
                       " select tenant, sha256(payload) as digest, state from millrace.task where "} +
           (lines.empty() ? "false" : "true"));
  db.exec0("create index on payload_digest (digest)");
  db.exec0("analyze payload_digest");
}

const char* to_string(expectation e) { return e == expectation::done ? "done" : e == expectation::dead ? "dead" : "any"; }

}  // namespace

void load_confirmed(unit_of_work& work, const source<confirmed_task>& next) {
  auto& db = work.transaction();
  db.exec0(
      "create temporary table confirmed (id uuid, tenant text collate \"C\", published text, expect text, failures bigint,"
      " replies bool)"
      " on commit drop");
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> without_id;
  pqxx::stream_to rows{db, "confirmed",
                       std::vector<std::string>{"id", "tenant", "published", "expect", "failures", "replies"}};
  for (confirmed_task t; next(t);)
    if (t.id.empty())
      ++without_id[{std::string{storable_text(t.tenant)}, t.payload_sha256, to_string(t.expect)}];
    else
      rows << std::make_tuple(t.id, storable_text(t.tenant), storable_text(t.published_id), to_string(t.expect),
                              std::int64_t{t.failures}, t.replies);
  rows.complete();
  db.exec0("analyze confirmed");
  load_without_id(db, without_id);
}

void load_results(unit_of_work& work, const source<received_result>& next) {
  auto& db = work.transaction();
  db.exec0("create temporary table result_received (id uuid, tenant text collate \"C\", state text) on commit drop");
  pqxx::stream_to rows{db, "result_received", std::vector<std::string>{"id", "tenant", "state"}};
  for (received_result r; next(r);) rows << std::make_tuple(r.id, storable_text(r.tenant), storable_text(r.state));
  rows.complete();
  db.exec0("create index on result_received (id)");
  db.exec0("analyze result_received");
}

void load_effects(unit_of_work& work, const source<std::string>& next) { load_ids(work, "effect", next); }
void load_repeatable(unit_of_work& work, const source<std::string>& next) { load_ids(work, "repeatable", next); }

std::vector<finding> check_invariants(unit_of_work& work, journals_given given) {
  auto& db = work.transaction();
  const bool executions = db.exec1("select to_regclass('millrace_test.execution') is not null")[0].as<bool>();
  std::vector<finding> found;
  for (const auto& c : checks) {
    if (c.journal == needs::executions && !executions) continue;  // a table of tests
    found.push_back(run(db, c,
                        c.journal == needs::confirmed ? given.confirmed
                        : c.journal == needs::effects ? given.effects
                        : c.journal == needs::results ? given.confirmed && given.results
                                                      : true));
  }
  return found;
}

std::map<std::string, std::int64_t> count_parked(unit_of_work& work) {
  std::map<std::string, std::int64_t> parked;
  for (const auto& row : work.transaction().exec(
           "select parked_in, count(*) from millrace.dead_letter where parked_in is not null group by 1"))
    parked[row[0].c_str()] = row[1].as<std::int64_t>();
  return parked;
}

std::int64_t count_in_progress(unit_of_work& work) {
  return work.transaction()
      .exec1(
          "select (select count(*) from millrace.outbox where due_at <= now() + interval '1 minute')"
          " + (select count(*) from millrace.task where state = 'running')")[0]
      .as<std::int64_t>();
}

}  // namespace millrace::postgres
