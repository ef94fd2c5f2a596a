#include "connectors/postgres/audit/audit_query.hpp"

namespace millrace::postgres {
namespace {

constexpr statement list_rows{"audit_list", R"sql(
select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, action, coalesce(tenant, ''), subject,
       coalesce(detail, '')
from millrace.audit
where ($1::text = '' or actor = $1::text) and ($2::text = '' or action = $2::text) and ($3::text = '' or subject = $3::text)
  and ($4::text = '' or tenant = $4::text)
  and ($5::bigint is null or at >= to_timestamp($5::bigint / 1e6::float8))
  and ($6::bigint is null or at < to_timestamp($6::bigint / 1e6::float8))
  and ($7::bigint is null or id < $7::bigint)
order by id desc limit $8::bigint)sql"};

}  // namespace

std::vector<audit_record> list_audit(unit_of_work& work, const audit_filter& f, std::optional<std::int64_t> before,
                                     std::size_t limit) {
  std::vector<audit_record> all;
  for (const auto& row : work.exec(list_rows, f.actor, f.action, f.subject, f.tenant, f.since_us, f.until_us, before,
                                   static_cast<std::int64_t>(limit)))
    all.push_back({row[0].as<std::int64_t>(), row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].c_str(), row[5].c_str(),
                   row[6].c_str()});
  return all;
}

}  // namespace millrace::postgres
