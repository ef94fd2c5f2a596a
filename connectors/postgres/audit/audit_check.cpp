#include "connectors/postgres/audit/audit_check.hpp"

#include "connectors/postgres/audit/audit_columns.hpp"

namespace millrace::postgres {

namespace {

constexpr statement read_chain{
    "audit_check_chain",
    MILLRACE_AUDIT_WITHIN_BYTES("select s.number, s.audit_id, s.hash, a.id is null as missing, " MILLRACE_AUDIT_COLUMNS
                                ", " MILLRACE_AUDIT_SIZE " from (select * from millrace.audit_seal where number > $1::bigint"
                                " order by number limit $2::bigint) s"
                                " left join millrace.audit a on a.id = s.audit_id",
                                "number")};

// A visible row of a transaction that has not begun was not added on this server, and no row after it can be sealed.
constexpr statement read_rows{"audit_check_rows", R"sql(
with place as (
  select a.xid, a.id from millrace.audit_seal s join millrace.audit a on a.id = s.audit_id order by s.number desc limit 1
), page as (
  select id, xid, at from millrace.audit where id >= $1::bigint order by id limit $2::bigint
), judged as (
  select p.id, case
    when greatest(p.xid, (select xid from place)) >= pg_snapshot_xmax(pg_current_snapshot()) then 'other_server'
    when (p.xid, p.id) <= ((select xid from place), (select id from place)) then 'inserted'
    when p.xid < pg_snapshot_xmin(pg_current_snapshot()) and p.at < now() - interval '60 seconds' then 'unsealed'
  end as breach
  from page p where not exists (select from millrace.audit_seal s where s.audit_id = p.id)
)
select (select max(id) from page), first.id, first.breach
from (select) one left join lateral (
  select id, breach from judged where breach is not null order by id limit 1) first on true)sql"};

constexpr statement read_seal{"audit_check_head", "select hash from millrace.audit_seal where number = $1::bigint"};

/// Breach kinds that `read_rows` returns.
audit_breach_kind breach_named(std::string_view name) {
  if (name == "inserted") return audit_breach_kind::inserted;
  return name == "unsealed" ? audit_breach_kind::unsealed : audit_breach_kind::other_server;
}

/// The breach at the next link; nothing if it is intact, then `last` advances to it.
std::optional<audit_breach> follow(audit_link& last, const pqxx::row& row) {
  const auto number = row[0].as<std::int64_t>(), audit_id = row[1].as<std::int64_t>();
  if (number != last.number + 1) return audit_breach{audit_breach_kind::seal_missing, last.number + 1, 0};
  if (row[3].as<bool>()) return audit_breach{audit_breach_kind::row_missing, number, audit_id};
  auto hash = audit_hash(last.hash, read_sealed_row(row, 4));
  if (hash != pqxx::binarystring(row[2]).str()) return audit_breach{audit_breach_kind::altered, number, audit_id};
  last = {number, std::move(hash)};
  return {};
}

}  // namespace

const char* to_string(audit_breach_kind kind) noexcept {
  using enum audit_breach_kind;
  switch (kind) {
    case altered:
      return "altered";
    case row_missing:
      return "row_missing";
    case seal_missing:
      return "seal_missing";
    case inserted:
      return "inserted";
    case unsealed:
      return "unsealed";
    case other_server:
      return "other_server";
    case cut:
      return "cut";
    case rewritten:
      return "rewritten";
  }
  return "unknown";
}

audit_page check_audit_chain(unit_of_work& work, const audit_link& from, std::size_t limit) {
  audit_page page{.last = from, .rows = 0, .breach = {}};
  for (const auto& row : work.exec(read_chain, from.number, static_cast<std::int64_t>(limit))) {
    ++page.rows;
    page.breach = follow(page.last, row);
    if (page.breach) break;
  }
  return page;
}

audit_rows_page check_audit_rows(unit_of_work& work, std::int64_t first_id, std::size_t limit) {
  constexpr auto last_of_all = std::numeric_limits<std::int64_t>::max();
  const auto found = work.exec(read_rows, first_id, static_cast<std::int64_t>(limit))[0];
  const auto last = found[0].is_null() ? last_of_all : found[0].as<std::int64_t>();
  audit_rows_page page{.next_id = last, .at_end = last == last_of_all, .breach = {}};
  if (!page.at_end) ++page.next_id;
  if (!found[1].is_null()) page.breach = {breach_named(found[2].c_str()), 0, found[1].as<std::int64_t>()};
  return page;
}

std::optional<audit_breach> check_audit_head(unit_of_work& work, const audit_link& expected) {
  if (expected.number == 0) {
    if (expected.hash == first_audit_hash()) return {};
    return audit_breach{audit_breach_kind::rewritten, 0, 0};
  }
  const auto found = work.exec(read_seal, expected.number);
  if (found.empty()) return audit_breach{audit_breach_kind::cut, expected.number, 0};
  if (pqxx::binarystring(found[0][0]).str() == expected.hash) return {};
  return audit_breach{audit_breach_kind::rewritten, expected.number, 0};
}

}  // namespace millrace::postgres
