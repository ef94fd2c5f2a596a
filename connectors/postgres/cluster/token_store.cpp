#include "connectors/postgres/cluster/token_store.hpp"

namespace millrace::postgres {
namespace {

#define MILLRACE_TOKEN_TIME(column) "coalesce(to_char(" column " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '')"
#define MILLRACE_TOKEN_COLUMNS \
  "select id, name, role, coalesce(tenant, ''), " MILLRACE_TOKEN_TIME("created_at") ", created_by, "   \
  MILLRACE_TOKEN_TIME("expires_at") ", " MILLRACE_TOKEN_TIME("revoked_at") ", coalesce(revoked_by, '')," \
  " revoked_at is null and expires_at > now(), secret_hash from millrace.api_token"

constexpr statement insert_token{"token_add", R"sql(
insert into millrace.api_token (id, name, secret_hash, role, tenant, created_by, expires_at)
values ($1::text, $2::text, $3::bytea, $4::text, nullif($5::text, ''), $6::text, now() + $7::bigint * interval '1 second'))sql"};

constexpr statement select_token{"token_find", MILLRACE_TOKEN_COLUMNS " where id = $1::text"};
constexpr statement select_tokens{"token_list", MILLRACE_TOKEN_COLUMNS " order by created_at desc, id limit 1000"};

constexpr statement end_token{"token_revoke", R"sql(
update millrace.api_token set revoked_at = now(), revoked_by = $2::text where id = $1::text and revoked_at is null)sql"};

token_with_hash token_of(const pqxx::row& row) {
  token_with_hash t;
  std::string* const texts[] = {&t.id,         &t.name,       &t.role,       &t.tenant,    &t.created_at,
                                &t.created_by, &t.expires_at, &t.revoked_at, &t.revoked_by};
  int column = 0;
  for (auto* text : texts) *text = row[column++].c_str();
  t.valid = row[9].as<bool>();
  t.secret_hash = pqxx::binarystring(row[10]).str();
  return t;
}

}  // namespace

void add_token(unit_of_work& work, const token_with_hash& t, std::chrono::seconds lifetime) {
  work.exec(insert_token, t.id, t.name, pqxx::binarystring(t.secret_hash), t.role, t.tenant, t.created_by,
            static_cast<std::int64_t>(lifetime.count()));
}

std::optional<token_with_hash> find_token(unit_of_work& work, const std::string& id) {
  const auto found = work.exec(select_token, id);
  return found.empty() ? std::nullopt : std::optional{token_of(found[0])};
}

std::vector<token_record> list_tokens(unit_of_work& work) {
  std::vector<token_record> all;
  for (const auto& row : work.exec(select_tokens)) all.push_back(token_of(row));
  return all;
}

bool revoke_token(unit_of_work& work, const std::string& id, const std::string& actor) {
  return work.exec(end_token, id, actor).affected_rows() > 0;
}

}  // namespace millrace::postgres
