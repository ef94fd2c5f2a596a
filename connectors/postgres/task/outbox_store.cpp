#include "connectors/postgres/task/outbox_store.hpp"

#include "connectors/postgres/session/advisory_lock.hpp"
#include "connectors/postgres/session/column_array.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"
#include "connectors/postgres/session/timestamp.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace millrace::postgres {

namespace {

// Due times are the database's: a node whose clock is behind must not put its rows before those of others.
constexpr statement add_rows{"outbox_add", R"sql(
insert into millrace.outbox (due_at, exchange, routing_key, type, message_id, content_type, correlation_id, reply_to, priority,
                             headers, body)
select greatest(to_timestamp(nullif(coalesce(u.due_at, ($1::bigint[])[1]), -1) / 1e6::float8), clock_timestamp()),
       coalesce(u.exchange, ($2::text[])[1]), coalesce(u.routing_key, ($3::text[])[1]), coalesce(u.type, ($4::text[])[1]),
       coalesce(u.message_id, ($5::text[])[1]), coalesce(u.content_type, ($6::text[])[1]),
       coalesce(u.correlation_id, ($7::text[])[1]), coalesce(u.reply_to, ($8::text[])[1]),
       nullif(coalesce(u.priority, ($9::smallint[])[1]), -1), coalesce(u.headers, ($10::jsonb[])[1]),
       substring($13::bytea from u.start for u.length)
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::smallint[],
            $10::jsonb[], $11::int[], $12::int[])
       as u(due_at, exchange, routing_key, type, message_id, content_type, correlation_id, reply_to, priority, headers, start,
            length))sql"};

// Limit for the bodies of one call, without the last one.
constexpr std::int64_t max_taken_bytes = 16 * 1024 * 1024;

#define TAKE(condition, locking)                                                                                        \
  "with due as materialized ("                                                                                          \
  " select id, due_at, octet_length(body) as bytes from millrace.outbox"                                                \
  " where due_at <= now() and (locked_until is null or locked_until <= now()) and " condition                           \
  " order by due_at, id limit $1::bigint " locking                                                                      \
  "), fitting as ("                                                                                                     \
  " select id from (select id, sum(bytes) over (order by due_at, id) - bytes as before from due) d"                     \
  " where before < $3::bigint"                                                                                          \
  "), taken as ("                                                                                                       \
  " update millrace.outbox o set locked_until = clock_timestamp() + $2::bigint * interval '1 millisecond'"              \
  " from fitting where o.id = fitting.id"                                                                               \
  " returning o.id, o.due_at, o.exchange, o.routing_key, o.type, o.message_id, o.content_type, o.correlation_id,"       \
  " o.reply_to, o.priority, o.headers, o.body, o.refusals"                                                              \
  ") select id, (extract(epoch from due_at) * 1000000)::bigint, exchange, routing_key, type, message_id, content_type," \
  " correlation_id, reply_to, priority, headers, body, refusals from taken order by due_at, id"

constexpr statement take_rows{"outbox_take", TAKE("not ordered", "for update skip locked")};

// Taken by one relay at a time: a relay that holds some of them has a lease. A row that is locked for a moment is waited
// for: those behind it must not overtake it.
constexpr statement take_ordered_rows{
    "outbox_take_ordered",
    TAKE("ordered and not exists (select from millrace.outbox where ordered and locked_until > now())", "for update")};

// A row if rows of ordered queues are due: whether this transaction may take them.
constexpr statement lock_ordered{"outbox_lock_ordered",
                                 "select pg_try_advisory_xact_lock($1::bigint) where exists"
                                 " (select from millrace.outbox where ordered and due_at <= now())"};

constexpr statement write_routes{"outbox_write_routes", R"sql(
insert into millrace.ordered_route select * from unnest($1::text[], $2::text[]) on conflict do nothing)sql"};

// Rows that were inserted before their route was.
constexpr statement mark_rows{"outbox_mark_ordered", R"sql(
update millrace.outbox o set ordered = true
where not ordered and exists (select from millrace.ordered_route r
                              where r.exchange = o.exchange and o.routing_key ~ r.routing_key))sql"};

constexpr statement remove_rows{"outbox_remove", "delete from millrace.outbox where id = any($1::bigint[])"};

// A row of an ordered queue keeps its place, and its lock holds up the rows behind it.
constexpr statement release_rows{"outbox_release", R"sql(
update millrace.outbox
set locked_until = case when ordered then clock_timestamp() + $2::bigint * interval '1 millisecond' end,
    due_at = case when ordered then due_at else clock_timestamp() + $2::bigint * interval '1 millisecond' end
where id = any($1::bigint[]))sql"};

// Refusals after which a row of an ordered queue loses its place: about nine minutes.
constexpr int places_kept = 8;
constexpr statement refuse_rows{"outbox_refuse", R"sql(
with refused as (
  select id, ordered and refusals < $2::int as keeps_place,
         clock_timestamp() + least(2 * 2 ^ least(refusals, 10), 300) * interval '1 second' as retry_at
  from millrace.outbox where id = any($1::bigint[])
)
update millrace.outbox o
set refusals = least(refusals + 1, 1000000),
    locked_until = case when keeps_place then retry_at end,
    due_at = case when keeps_place then due_at else retry_at end
from refused r where o.id = r.id)sql"};

// The first free row in the order of the index. If it is not due yet, a locked row may become free earlier.
constexpr statement count_waiting{"outbox_count_waiting", R"sql(
select count(*), coalesce(ceil(extract(epoch from now() - min(due_at)) * 1000), 0)::bigint,
       (select count(*) from (select from millrace.outbox where due_at > now() limit 10000) later)
from (select due_at from millrace.outbox where due_at <= now() order by due_at limit 10000) due)sql"};

constexpr statement next_row{"outbox_next", R"sql(
with free as materialized (
  select due_at from millrace.outbox
  where (locked_until is null or locked_until <= now()) and not (ordered and due_at <= now()) order by due_at, id limit 1
), held as (
  select min(locked_until) as due_at from millrace.outbox
  where due_at <= now() and locked_until > now() and not exists (select from free where due_at <= now())
)
select ceil(extract(epoch from least((select due_at from free), (select due_at from held)) - now()) * 1000)::bigint)sql"};

outbox_row read_row(const pqxx::row& row) {
  outbox_row out;
  out.id = row[0].as<std::int64_t>();
  out.due_at_us = row[1].as<std::int64_t>();
  std::string* const texts[] = {&out.exchange,     &out.routing_key,    &out.type,    &out.message_id,
                                &out.content_type, &out.correlation_id, &out.reply_to};
  int column = 2;
  for (auto* text : texts) *text = row[column++].c_str();
  if (!row[9].is_null()) out.priority = static_cast<std::uint8_t>(row[9].as<int>());
  const auto headers = nlohmann::json::parse(row[10].c_str());
  for (const auto& [name, value] : headers.items()) out.headers.emplace_back(name, value.get<std::string>());
  out.body = pqxx::binarystring(row[11]).str();
  out.refusals = row[12].as<std::uint32_t>();
  return out;
}

std::string ids_of(std::span<const std::int64_t> ids) {
  std::vector<std::int64_t> sorted(ids.begin(), ids.end());  // concurrent calls lock in one order
  std::sort(sorted.begin(), sorted.end());
  text_array array;
  for (const auto id : sorted) array.add(static_cast<long long>(id));
  return array.str();
}

}  // namespace

std::string headers_json(const outbox_row& row) {
  auto headers = nlohmann::json::object();
  for (const auto& [name, value] : row.headers) headers[storable_text(name)] = storable_text(value);
  return headers.dump();
}

void enqueue(unit_of_work& work, std::span<const outbox_row> rows) {
  if (rows.empty()) return;
  column_array due, exchange, routing, type, message, content, correlation, reply, priority, headers;
  batch_bytes body;
  for (const auto& row : rows) {
    due.add(row.due_at_us ? storable_time(*row.due_at_us) : -1);
    exchange.add(row.exchange);
    routing.add(row.routing_key);
    type.add(row.type);
    message.add(row.message_id);
    content.add(row.content_type);
    correlation.add(row.correlation_id);
    reply.add(row.reply_to);
    priority.add(row.priority ? static_cast<long long>(*row.priority) : -1);
    headers.add(headers_json(row));
    body.add(row.body);
  }
  work.exec(add_rows, due.str(), exchange.str(), routing.str(), type.str(), message.str(), content.str(), correlation.str(),
            reply.str(), priority.str(), headers.str(), body.starts(), body.lengths(), body.blob());
}

taken_rows take_due(unit_of_work& work, std::uint32_t limit, std::chrono::milliseconds lease) {
  taken_rows taken;
  const auto take = [&](const statement& s) {
    const auto room = std::int64_t{limit} - static_cast<std::int64_t>(taken.rows.size());
    for (const auto& row : work.exec(s, room, std::int64_t{lease.count()}, max_taken_bytes))
      taken.rows.push_back(read_row(row));
  };
  if (const auto due = work.exec(lock_ordered, key_of(advisory_lock::ordered_outbox)); !due.empty()) {
    if (due[0][0].as<bool>()) take(take_ordered_rows);  // a separate statement, so that it sees the leases of the others
    taken.ordered_wait = taken.rows.empty();
  }
  take(take_rows);
  return taken;
}

void write_ordered_routes(unit_of_work& work, std::span<const ordered_route> routes) {
  text_array exchanges, keys;
  for (const auto& r : routes) exchanges.add(r.exchange), keys.add(r.routing_key);
  work.exec(write_routes, exchanges.str(), keys.str());
  work.exec(mark_rows);
}

void remove(unit_of_work& work, std::span<const std::int64_t> ids) {
  if (!ids.empty()) work.exec(remove_rows, ids_of(ids));
}

void release(unit_of_work& work, std::span<const std::int64_t> ids, std::chrono::milliseconds delay) {
  if (!ids.empty()) work.exec(release_rows, ids_of(ids), std::int64_t{delay.count()});
}

void refuse(unit_of_work& work, std::span<const std::int64_t> ids) {
  if (!ids.empty()) work.exec(refuse_rows, ids_of(ids), places_kept);
}

outbox_gauges backlog(unit_of_work& work) {
  const auto found = work.exec(count_waiting)[0];
  return {found[0].as<std::size_t>(), std::chrono::milliseconds(found[1].as<std::int64_t>()), found[2].as<std::size_t>()};
}

std::optional<std::chrono::milliseconds> next_due(unit_of_work& work) {
  const auto wait = work.exec(next_row)[0][0];
  if (wait.is_null()) return std::nullopt;
  return std::chrono::milliseconds(std::max<std::int64_t>(0, wait.as<std::int64_t>()));
}

}  // namespace millrace::postgres
