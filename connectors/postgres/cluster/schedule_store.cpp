#include "connectors/postgres/cluster/schedule_store.hpp"

#include "connectors/postgres/session/advisory_lock.hpp"

namespace millrace::postgres {

namespace {

// Serializes two concurrent configurations; their order does not matter.
constexpr const char* take_turns = "lock table millrace.schedule in share row exclusive mode";

constexpr statement write_configured{"schedule_configure", R"sql(
insert into millrace.schedule as s (name, tenant, cron, timezone, type, payload, queue, catch_up, origin)
select name, tenant, cron, timezone, type, convert_to(payload, 'UTF8'), nullif(queue, ''), catch_up, 'config'
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
     as u(name, tenant, cron, timezone, type, payload, queue, catch_up)
on conflict (name) do update
set (tenant, cron, timezone, type, content_type, payload, queue, catch_up, origin, enabled) =
    (excluded.tenant, excluded.cron, excluded.timezone, excluded.type, excluded.content_type, excluded.payload, excluded.queue,
     excluded.catch_up, 'config', s.enabled or s.origin = 'removed'))sql"};

constexpr statement disable_removed{"schedule_remove", R"sql(
update millrace.schedule set enabled = false, origin = 'removed' where origin = 'config' and name <> all($1::text[]))sql"};

constexpr statement read_enabled{"schedule_enabled", R"sql(
select name, cron, timezone, catch_up, coalesce(problem, ''), (extract(epoch from settled_until) * 1000000)::bigint
from millrace.schedule where enabled order by name limit 10000)sql"};

constexpr statement read_clock{"schedule_clock", "select (extract(epoch from now()) * 1000000)::bigint"};

constexpr statement move_on{"schedule_settle", R"sql(
update millrace.schedule
set settled_until = timestamptz 'epoch' + $3::bigint * interval '1 microsecond',
    last_fired_at = coalesce(timestamptz 'epoch' + $4::bigint * interval '1 microsecond', last_fired_at)
where name = $1 and enabled and settled_until = timestamptz 'epoch' + $2::bigint * interval '1 microsecond'
returning tenant, type, content_type, coalesce(queue, ''), payload)sql"};

constexpr statement read_task{"schedule_task", R"sql(
select tenant, type, content_type, coalesce(queue, ''), payload from millrace.schedule where name = $1)sql"};

schedule_task task_of(const pqxx::row& row) {
  return {row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(), pqxx::binarystring(row[4]).str()};
}

constexpr statement note_problem{"schedule_problem", R"sql(
update millrace.schedule set problem = nullif($2, '') where name = $1 and enabled)sql"};

constexpr statement take_lead{"schedule_lead", R"sql(
select pg_backend_pid(), case when pg_backend_pid() = $1::int then true else pg_try_advisory_lock($2::bigint) end)sql"};

#define MILLRACE_SCHEDULE_COLUMNS                                                                             \
  "select name, tenant, cron, timezone, type, coalesce(queue, ''), catch_up, origin, coalesce(problem, ''), " \
  "enabled, (extract(epoch from last_fired_at) * 1000000)::bigint, "                                          \
  "(extract(epoch from settled_until) * 1000000)::bigint, "                                                   \
  "encode(sha256(convert_to(content_type || ' ', 'UTF8') || payload), 'hex') from millrace.schedule"

constexpr statement read_page{"schedule_list", MILLRACE_SCHEDULE_COLUMNS
                              " where ($1 = '' or tenant = $1) and name > $2 order by name limit $3::bigint"};
constexpr statement lock_one{"schedule_lock", MILLRACE_SCHEDULE_COLUMNS " where name = $1 for no key update"};

constexpr statement set_enabled{"schedule_enable",
                                "update millrace.schedule set enabled = $2 where name = $1 returning name"};

schedule_record record_of(const pqxx::row& row) {
  schedule_record r;
  std::string* const texts[] = {&r.name,  &r.tenant,   &r.cron,   &r.timezone, &r.type,
                                &r.queue, &r.catch_up, &r.origin, &r.problem};
  int column = 0;
  for (auto* text : texts) *text = row[column++].c_str();
  r.enabled = row[9].as<bool>();
  if (!row[10].is_null()) r.last_fired_us = row[10].as<std::int64_t>();
  r.settled_us = row[11].as<std::int64_t>();
  r.payload_digest = row[12].c_str();
  return r;
}

}  // namespace

void configure_schedules(unit_of_work& work, std::span<const configured_schedule> wanted) {
  text_array name, tenant, cron, timezone, type, payload, queue, catch_up;
  for (const auto& s : wanted) {
    name.add(s.name);
    tenant.add(s.tenant);
    cron.add(s.cron);
    timezone.add(s.timezone);
    type.add(s.type);
    payload.add(s.payload);
    queue.add(s.queue);
    catch_up.add(s.catch_up);
  }
  work.transaction().exec(take_turns);
  work.exec(disable_removed, name.str());
  work.exec(write_configured, name.str(), tenant.str(), cron.str(), timezone.str(), type.str(), payload.str(), queue.str(),
            catch_up.str());
}

std::vector<schedule_timing> enabled_schedules(unit_of_work& work) {
  std::vector<schedule_timing> out;
  for (const auto& row : work.exec(read_enabled))
    out.push_back(
        {row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].c_str(), row[5].as<std::int64_t>()});
  return out;
}

std::int64_t database_now(unit_of_work& work) { return work.exec(read_clock)[0][0].as<std::int64_t>(); }

std::optional<schedule_task> settle_schedule(unit_of_work& work, std::string_view name, std::int64_t from_us,
                                             std::int64_t to_us, std::optional<std::int64_t> fired_us) {
  const auto rows = fired_us ? work.exec(move_on, std::string{name}, from_us, to_us, *fired_us)
                             : work.exec(move_on, std::string{name}, from_us, to_us, nullptr);
  if (rows.empty()) return std::nullopt;
  return task_of(rows[0]);
}

std::optional<schedule_task> read_schedule_task(unit_of_work& work, std::string_view name) {
  const auto rows = work.exec(read_task, std::string{name});
  return rows.empty() ? std::nullopt : std::optional{task_of(rows[0])};
}

void note_schedule_problem(unit_of_work& work, std::string_view name, std::string_view problem) {
  work.exec(note_problem, std::string{name}, std::string{problem});
}

bool lead_schedulers(unit_of_work& work, int& backend) {
  const auto row = work.exec(take_lead, backend, key_of(advisory_lock::scheduler_lead))[0];
  const bool leads = row[1].as<bool>();
  backend = leads ? row[0].as<int>() : 0;
  return leads;
}

std::vector<schedule_record> list_schedules(unit_of_work& work, const schedule_page& page) {
  std::vector<schedule_record> out;
  for (const auto& row : work.exec(read_page, page.tenant, page.after, page.limit)) out.push_back(record_of(row));
  return out;
}

std::optional<schedule_record> lock_schedule(unit_of_work& work, std::string_view name) {
  const auto rows = work.exec(lock_one, std::string{name});
  return rows.empty() ? std::nullopt : std::optional{record_of(rows[0])};
}

bool enable_schedule(unit_of_work& work, std::string_view name, bool enabled) {
  return !work.exec(set_enabled, std::string{name}, enabled).empty();
}

}  // namespace millrace::postgres
