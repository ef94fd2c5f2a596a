#include "connectors/postgres/cluster/crash_store.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

#include <algorithm>
#include <tuple>

namespace millrace::postgres {

namespace {

constexpr statement enter_record{"crash_record_enter",
                                 "insert into millrace.crash_record (name) values ($1::text) on conflict do nothing"};

constexpr statement add_crash{"crash_add", R"sql(
insert into millrace.crash as c (task_id, tenant, crashes, proven, node)
select u.id, u.tenant, 1, $3::boolean, $4::text from unnest($1::uuid[], $2::text[]) as u (id, tenant)
on conflict (task_id, tenant) do update
set crashes = c.crashes + 1, proven = c.proven or excluded.proven, last_at = now(), node = excluded.node)sql"};

constexpr statement drop_old{"crash_drop_old", "delete from millrace.crash where last_at < now() - interval '7 days'"};
constexpr statement drop_old_records{"crash_record_drop_old",
                                     "delete from millrace.crash_record where counted_at < now() - interval '7 days'"};

constexpr statement get_crashes{"crash_get",
                                "select crashes from millrace.crash where task_id = $1::uuid and tenant = $2::text"};

constexpr statement get_quarantined{"quarantined_tasks", R"sql(
select tenant, task_id from millrace.crash
where last_at > now() - interval '7 days' and (proven or crashes >= 2)
order by last_at desc limit 10000)sql"};

// A task that waits for a retry would crash the next process as well.
constexpr statement clear{"crash_clear", R"sql(
delete from millrace.crash c where c.task_id = $1::uuid and c.tenant = $2::text
and not exists (select from millrace.task t where t.id = c.task_id and t.tenant = c.tenant
                and t.state in ('scheduled', 'retrying', 'running')))sql"};

}  // namespace

bool count_crash(unit_of_work& work, crash_count crashed) {
  if (work.exec(enter_record, storable_text(crashed.record)).affected_rows() == 0) return false;
  work.exec(drop_old);
  work.exec(drop_old_records);
  if (crashed.tasks.empty()) return true;
  auto order = [](const crash_key& k) { return std::tie(k.id, k.tenant); };
  std::sort(crashed.tasks.begin(), crashed.tasks.end(), [&](auto& a, auto& b) { return order(a) < order(b); });
  auto same =
      std::unique(crashed.tasks.begin(), crashed.tasks.end(), [&](auto& a, auto& b) { return order(a) == order(b); });
  crashed.tasks.erase(same, crashed.tasks.end());
  text_array ids, tenants;
  for (const auto& task : crashed.tasks) {
    ids.add(task.id);
    tenants.add(storable_text(task.tenant));
  }
  work.exec(add_crash, ids.str(), tenants.str(), crashed.proven, storable_text(crashed.node));
  return true;
}

std::uint32_t crashes_of(unit_of_work& work, const crash_key& task) {
  const auto found = work.exec(get_crashes, task.id, storable_text(task.tenant));
  return found.empty() ? 0 : found[0][0].as<std::uint32_t>();
}

std::vector<crash_key> find_quarantined(unit_of_work& work) {
  std::vector<crash_key> found;
  for (const auto& row : work.exec(get_quarantined)) found.push_back({row[0].c_str(), row[1].c_str()});
  return found;
}

void clear_quarantine(unit_of_work& work, const crash_key& task) { work.exec(clear, task.id, storable_text(task.tenant)); }

}  // namespace millrace::postgres
