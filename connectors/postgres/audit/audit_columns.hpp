#pragma once

#include "connectors/postgres/audit/audit_hash.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"

/// The sealed columns of `millrace.audit a`, in the order of `read_sealed_row`, and their size in memory.
#define MILLRACE_AUDIT_COLUMNS                                                                                      \
  "a.id, least(greatest(extract(epoch from a.at) * 1000000, -9223372036854775808), 9223372036854775807)::bigint as" \
  " at_us, a.actor, a.action, a.tenant, a.subject, a.detail"
#define MILLRACE_AUDIT_SIZE                                                                               \
  "coalesce(octet_length(a.actor)::bigint + octet_length(a.action) + coalesce(octet_length(a.tenant), 0)" \
  " + octet_length(a.subject) + coalesce(octet_length(a.detail), 0), 0) as size"
/// Limits a page `p` in the order of `place` to 16 MiB of texts, but keeps at least the first row.
#define MILLRACE_AUDIT_WITHIN_BYTES(page, place)                                                    \
  "select * from (select p.*, sum(p.size) over (order by " place ") - p.size as before from (" page \
  ") p) q"                                                                                          \
  " where q.before < 16777216 order by " place

namespace millrace::postgres {

/// Reads the columns that begin at `column`.
inline sealed_row read_sealed_row(const pqxx::row& row, int column) {
  const auto text_or_none = [&](int at) {
    return row[at].is_null() ? std::nullopt : std::optional<std::string>{row[at].c_str()};
  };
  return {.id = row[column].as<std::int64_t>(),
          .at = row[column + 1].as<std::int64_t>(),
          .actor = row[column + 2].c_str(),
          .action = row[column + 3].c_str(),
          .tenant = text_or_none(column + 4),
          .subject = row[column + 5].c_str(),
          .detail = text_or_none(column + 6)};
}

}  // namespace millrace::postgres
