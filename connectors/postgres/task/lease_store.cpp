#include "connectors/postgres/task/lease_store.hpp"

#include "connectors/postgres/cluster/presence.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"

#include <algorithm>

namespace millrace::postgres {
namespace {

constexpr statement take{"lease_take", R"sql(
insert into millrace.lease (task_id, tenant, node, exchange, routing_key, type, message_id, content_type, correlation_id,
                            reply_to, priority, headers, body)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text, $11::smallint,
        $12::jsonb, $13::bytea)
on conflict (task_id, tenant) do update set node = excluded.node, taken_at = excluded.taken_at, headers = excluded.headers,
  body = excluded.body)sql"};

constexpr statement end{"lease_end", R"sql(
delete from millrace.lease where task_id = $1::uuid and tenant = $2::text and node = $3::text)sql"};

constexpr statement holders{"lease_holders", R"sql(
select distinct node from millrace.lease where node <> $1::text limit 1000)sql"};

constexpr statement reissue{"lease_reissue", R"sql(
with lost as (
  select task_id, tenant from millrace.lease where node = any($1::text[])
  order by task_id, tenant limit 1000 for update skip locked
), gone as (
  delete from millrace.lease l using lost where l.task_id = lost.task_id and l.tenant = lost.tenant returning l.*
)
insert into millrace.outbox (due_at, exchange, routing_key, type, message_id, content_type, correlation_id, reply_to, priority,
                             headers, body)
select now(), exchange, routing_key, type, message_id, content_type, correlation_id, reply_to, priority, headers, body from gone
returning id)sql"};

}  // namespace

void take_lease(unit_of_work& work, const leased_task& what, std::string_view node, const outbox_row& again) {
  work.exec(take, what.id, storable_text(what.tenant), storable_text(node), storable_text(again.exchange),
            storable_text(again.routing_key), storable_text(again.type), storable_text(again.message_id),
            storable_text(again.content_type), storable_text(again.correlation_id), storable_text(again.reply_to),
            again.priority ? std::optional{static_cast<int>(*again.priority)} : std::nullopt, headers_json(again),
            pqxx::binarystring(again.body));
}

void end_lease(unit_of_work& work, const leased_task& what, std::string_view node) {
  work.exec(end, what.id, storable_text(what.tenant), storable_text(node));
}

std::size_t reissue_leases(unit_of_work& work, const accepting_node& janitor) {
  if (!janitor.takes_over) return 0;
  std::vector<std::string> nodes;
  for (const auto& row : work.exec(holders, storable_text(janitor.identity))) nodes.emplace_back(row[0].c_str());
  if (nodes.empty()) return 0;
  text_array dead;
  for (const auto& node : dead_nodes(work, nodes)) dead.add(node);
  return work.exec(reissue, dead.str()).size();
}

}  // namespace millrace::postgres
