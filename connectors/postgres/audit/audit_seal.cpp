#include "connectors/postgres/audit/audit_seal.hpp"

#include "connectors/postgres/audit/audit_columns.hpp"
#include "connectors/postgres/session/advisory_lock.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace millrace::postgres {

namespace {

// A separate statement, so that the following ones see the commits of the lock's previous holder.
constexpr statement take_turn{"audit_seal_turn", "select pg_try_advisory_xact_lock($1::bigint)"};

constexpr statement find_last{"audit_seal_last",
                              "select number, hash from millrace.audit_seal order by number desc limit 1"};

// If sealed rows are missing, the last sealed row before them is used.
constexpr statement find_place{"audit_seal_place", R"sql(
select a.xid, a.id, a.xid >= pg_snapshot_xmax(pg_current_snapshot())
from millrace.audit_seal s join millrace.audit a on a.id = s.audit_id
order by s.number desc limit 1)sql"};

#define MILLRACE_AUDIT_UNSEALED                                         \
  " from millrace.audit a where (a.xid, a.id) > ($1::xid8, $2::bigint)" \
  " and not exists (select from millrace.audit_seal s where s.audit_id = a.id)"

constexpr statement find_next{
    "audit_seal_next",
    MILLRACE_AUDIT_WITHIN_BYTES("select " MILLRACE_AUDIT_COLUMNS ", a.xid, " MILLRACE_AUDIT_SIZE MILLRACE_AUDIT_UNSEALED
                                " and a.xid < pg_snapshot_xmin(pg_current_snapshot())"
                                " order by a.xid, a.id limit $3::bigint",
                                "xid, id")};

constexpr statement count_open{"audit_seal_count", "select count(*) from (select" MILLRACE_AUDIT_UNSEALED " limit 10000) u"};

constexpr statement add_seals{"audit_seal_add", R"sql(
insert into millrace.audit_seal (number, audit_id, hash)
select $1::bigint + u.n, u.id, u.hash from unnest($2::bigint[], $3::bytea[]) with ordinality u(id, hash, n))sql"};

audit_link last_link(unit_of_work& work) {
  const auto found = work.exec(find_last);
  if (found.empty()) return {};
  return {found[0][0].as<std::int64_t>(), pqxx::binarystring(found[0][1]).str()};
}

/// Position of the last sealed row.
struct sealed_place {
  std::string xid = "0";
  std::int64_t id = 0;
  bool of_another_server = false;
};

sealed_place last_place(unit_of_work& work) {
  const auto found = work.exec(find_place);
  if (found.empty()) return {};
  return {found[0][0].c_str(), found[0][1].as<std::int64_t>(), found[0][2].as<bool>()};
}

void add(unit_of_work& work, audit_link last, const pqxx::result& rows) {
  const auto before = last.number;
  text_array ids, hashes;
  for (const auto& row : rows) {
    const auto sealed = read_sealed_row(row, 0);
    last.hash = audit_hash(last.hash, sealed);
    ids.add(sealed.id);
    hashes.add_bytes(last.hash);
  }
  work.exec(add_seals, before, ids.str(), hashes.str());
}

}  // namespace

std::size_t seal_audit(unit_of_work& work, std::size_t limit) {
  if (!work.exec(take_turn, key_of(advisory_lock::audit_seal))[0][0].as<bool>()) return 0;
  const auto place = last_place(work);
  if (place.of_another_server)
    throw std::runtime_error("audit row " + std::to_string(place.id) + " was sealed as of transaction " + place.xid +
                             ", which this server has yet to reach: the log was copied from another server; "
                             "see docs/guides/audit.md");
  const auto rows =
      work.exec(find_next, place.xid, place.id, static_cast<std::int64_t>(std::min(limit, most_sealed_at_once)));
  if (!rows.empty()) add(work, last_link(work), rows);
  return rows.size();
}

std::size_t count_unsealed_audit(unit_of_work& work) {
  const auto place = last_place(work);
  return work.exec(count_open, place.xid, place.id)[0][0].as<std::size_t>();
}

}  // namespace millrace::postgres
