#include "runtime/program/api/auth/authenticator.hpp"

#include "connectors/postgres/audit/audit_store.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/api/auth/bearer.hpp"
#include "runtime/program/api/auth/json_web_token.hpp"
#include "runtime/task/task_identity.hpp"

namespace millrace::api {
namespace {

using std::chrono::steady_clock;

problem unauthenticated(const std::string& reason) { return problem{problem_kind::unauthenticated, reason}; }

problem too_many_failures() { return problem{problem_kind::too_many_requests, "too many failed authentication attempts"}; }

constexpr std::string_view scheme = "Bearer ";

/// The id of the token in the Authorization header. The id is not secret.
std::optional<std::string> token_id_of(std::string_view authorization) {
  if (!authorization.starts_with(scheme)) return std::nullopt;
  const auto token = parse_bearer(authorization.substr(scheme.size()));
  return token ? std::optional{token->id} : std::nullopt;
}

std::string text_of(const nlohmann::json& j) { return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// If the audit log cannot be written, the denial still holds and is logged.
void record_denial(database_pool& database, const postgres::audit_row& row) {
  try {
    database.run([&](unit_of_work& work) { postgres::add_audit(work, std::vector{row}); });
  } catch (const problem& p) {
    monitoring::log(monitoring::level::warn, "denial not recorded in the audit log",
                    {{"actor", row.actor}, {"action", row.action}, {"subject", row.subject}, {"error", p.what()}});
  }
}

}  // namespace

bool may(const caller& who, permission required, tenant_scope scope) {
  return grants(who.has, required) && (who.tenant.empty() || scope == tenant_scope::one_tenant);
}

authenticator::authenticator(const config::api_settings& s, database_pool& database, key_source::read_function read_keys)
    : settings_(s),
      database_(database),
      keys_(std::move(read_keys)),
      rules_{.issuer = s.oidc.issuer,
             .audience = s.oidc.audience,
             .role_claim = s.oidc.role_claim,
             .tenant_claim = s.oidc.tenant_claim},
      callers_(s.rate_limit, 2.0 * s.rate_limit),
      failures_(10, 20) {}

caller authenticator::authenticate(std::string_view authorization, const std::string& address) {
  std::string charged = address;
  try {
    return identify(authorization, charged);
  } catch (const problem& p) {
    if (p.kind() != problem_kind::unauthenticated) throw;
    if (!failures_.admit(charged, steady_clock::now())) throw too_many_failures();
    nlohmann::json detail{{"reason", p.what()}};
    if (const auto id = token_id_of(authorization)) detail["token"] = *id;
    record_denial(database_, {"unknown", "api.unauthenticated", {}, address, text_of(detail)});
    throw;
  }
}

caller authenticator::identify(std::string_view authorization, std::string& charged) {
  if (authorization.empty())
    throw unauthenticated("send the header Authorization: Bearer TOKEN; create a token with millrace token create");
  if (!authorization.starts_with(scheme)) throw unauthenticated("the Authorization header must have the form Bearer TOKEN");
  const auto token = authorization.substr(scheme.size());
  return token.starts_with("mr_") || settings_.oidc.issuer.empty() ? by_token(token, charged) : by_identity_provider(token);
}

/// `charged` is the key whose failure rate counts this attempt: the address, or address and token id if the secret is right.
caller authenticator::by_token(std::string_view token, std::string& charged) {
  const auto presented = parse_bearer(token);
  if (presented && genuine_.contains(token)) charged += " " + presented->id;
  if (!failures_.open(charged, steady_clock::now())) throw too_many_failures();
  std::optional<postgres::token_with_hash> known;
  if (presented) database_.run([&](unit_of_work& work) { known = postgres::find_token(work, presented->id); });
  if (!known || !matches(presented->secret, known->secret_hash)) throw unauthenticated("unknown token");
  genuine_.add(token);
  if (!known->valid) throw unauthenticated(known->revoked_at.empty() ? "token expired" : "token revoked");
  const auto has = role_of(known->role);
  if (!has) throw unauthenticated("the token's role is unknown to this node");
  return {"token:" + known->name + "(" + known->id + ")", "token:" + known->id, *has, known->tenant};
}

caller authenticator::by_identity_provider(std::string_view token) {
  const auto key_id = key_id_of(token).value_or("");
  const auto keys = keys_.keys(key_id, steady_clock::now());
  if (!keys) throw problem{problem_kind::unavailable, keys.error()};
  const auto claims = verify_token(token, **keys, rules_, std::chrono::system_clock::now());
  if (!claims) throw unauthenticated("invalid token: " + claims.error());
  const auto has = role_of(claims->role);
  if (!has) throw unauthenticated("invalid token: the role must be viewer, operator, auditor or admin");
  if (!claims->tenant.empty() && !is_tenant(claims->tenant)) throw unauthenticated("invalid token: invalid tenant name");
  return {"oidc:" + claims->subject, "oidc:" + claims->subject, *has, claims->tenant};
}

void authenticator::authorize(const caller& who, const route& r, const std::string& address) {
  if (!callers_.admit(who.key, steady_clock::now()))
    throw problem{problem_kind::too_many_requests,
                  "more than " + std::to_string(settings_.rate_limit) + " requests per second"};
  if (may(who, r.permission, r.scope)) return;
  deny(who, r, address,
       "role " + std::string{to_string(who.has)} + (who.tenant.empty() ? "" : " of a single tenant") +
           " is not permitted to " + std::string{r.operation});
}

void authenticator::authorize_tenant(const caller& who, const route& r, const arguments& args, const std::string& address) {
  const auto requested = args.text("tenant");
  if (who.tenant.empty() || requested.empty() || requested == who.tenant) return;
  deny(who, r, address, "the credentials are restricted to tenant '" + who.tenant + "'");
}

void authenticator::record_denied(const caller& who, const route& r, const std::string& address, const std::string& reason) {
  const nlohmann::json detail{
      {"role", to_string(who.has)}, {"tenant", who.tenant}, {"address", address}, {"reason", reason}};
  record_denial(database_, {who.name, "api.denied", who.tenant, std::string{r.operation}, text_of(detail)});
}

void authenticator::deny(const caller& who, const route& r, const std::string& address, const std::string& reason) {
  record_denied(who, r, address, reason);
  throw problem{problem_kind::forbidden, reason};
}

}  // namespace millrace::api
