#include "connectors/postgres/dead_letter/dead_letter_settlement.hpp"

#include "connectors/postgres/dead_letter/dead_letter_columns.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"
#include "connectors/postgres/task/task_state.hpp"

#include <algorithm>

namespace millrace::postgres {

namespace {

constexpr statement lock_dead_letters_sql{"dead_letter_lock", "select " MILLRACE_DEAD_LETTER_COLUMNS
                                                              ", case when $2::bool then d.raw_properties else ''::bytea end"
                                                              ", case when $2::bool then d.payload else ''::bytea end"
                                                              " from millrace.dead_letter d where d.id = any($1::uuid[])"
                                                              " order by d.id for no key update of d"};

constexpr statement lock_keys{"dead_letter_lock_tasks", R"sql(
select u.place, t.state, t.generation, t.type, t.queue
from unnest($1::uuid[], $2::text[]) with ordinality u(id, tenant, place)
join millrace.task t on t.id = u.id and t.tenant = u.tenant
order by t.id, t.tenant
for no key update of t)sql"};

constexpr statement revive{"dead_letter_revive", R"sql(
update millrace.task t set state = 'retrying', attempt = 0, finished_at = null, cancel_requested_at = null
from unnest($1::uuid[], $2::text[]) u(id, tenant)
where t.id = u.id and t.tenant = u.tenant and t.state = 'dead')sql"};

constexpr statement set_replayed{"dead_letter_set_replayed", R"sql(
update millrace.dead_letter
set replayed_at = now(), replayed_by = $2::text, run_id = $3::uuid, discarded_at = null, discarded_by = null, why = $4::text
where id = any($1::uuid[]))sql"};

constexpr statement set_discarded{"dead_letter_set_discarded", R"sql(
update millrace.dead_letter set discarded_at = now(), discarded_by = $2::text, run_id = $3::uuid, why = $4::text
where id = any($1::uuid[]))sql"};

std::string array_of(std::span<const std::string> ids) {
  text_array array;
  for (const auto& id : ids) array.add(id);
  return array.str();
}

std::pair<std::string, std::string> arrays_of(std::span<const task_key> keys) {
  text_array ids, tenants;
  for (const auto& [id, tenant] : keys) {
    ids.add(id);
    tenants.add(tenant);
  }
  return {ids.str(), tenants.str()};
}

}  // namespace

std::vector<locked_dead_letter> lock_dead_letters(unit_of_work& work, std::span<const std::string> ids, bool with_bytes) {
  std::vector<locked_dead_letter> locked;
  for (const auto& row : work.exec(lock_dead_letters_sql, array_of(ids), with_bytes))
    locked.push_back(
        {read_dead_letter(row),
         {pqxx::binarystring(row[dead_letter_columns]).str(), pqxx::binarystring(row[dead_letter_columns + 1]).str()}});
  return locked;
}

std::vector<std::optional<locked_task>> lock_tasks(unit_of_work& work, std::span<const task_key> keys) {
  std::vector<std::optional<locked_task>> tasks(keys.size());
  const auto [ids, tenants] = arrays_of(keys);
  for (const auto& row : work.exec(lock_keys, ids, tenants))
    tasks.at(row[0].as<std::size_t>() - 1) =
        locked_task{task_state_of(row[1].c_str()), row[2].as<std::uint32_t>(), row[3].c_str(), row[4].c_str()};
  return tasks;
}

void await_replay(unit_of_work& work, std::span<const task_key> keys) {
  if (keys.empty()) return;
  const auto [ids, tenants] = arrays_of(keys);
  work.exec(revive, ids, tenants);
}

void mark_replayed(unit_of_work& work, std::span<const std::string> ids, const settlement& by) {
  if (!ids.empty()) work.exec(set_replayed, array_of(ids), storable_text(by.actor), by.run_id, storable_text(by.why));
}

void mark_discarded(unit_of_work& work, std::span<const std::string> ids, const settlement& by) {
  if (!ids.empty()) work.exec(set_discarded, array_of(ids), storable_text(by.actor), by.run_id, storable_text(by.why));
}

}  // namespace millrace::postgres
