#include "runtime/program/api/auth/authenticator.hpp"

#include "connectors/postgres/audit/audit_store.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/api/auth/bearer.hpp"
#include "runtime/program/api/auth/json_web_token.hpp"
#include "runtime/task/task_identity.hpp"

namespace millrace::api {
namespace {

using std::chrono::steady_clock;

problem unknown_caller(const std::string& why) { return problem{problem_kind::unauthenticated, why}; }

problem too_many_failures() {
  return problem{problem_kind::too_many_requests, "too many attempts without valid credentials"};
}

constexpr std::string_view scheme = "Bearer ";

/// The id of the token that came, which is no secret.
std::optional<std::string> presented_id(std::string_view authorization) {
  if (!authorization.starts_with(scheme)) return std::nullopt;
  const auto told = parse_bearer(authorization.substr(scheme.size()));
  return told ? std::optional{told->id} : std::nullopt;
}

std::string text_of(const nlohmann::json& j) { return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// A denial that cannot be entered is a denial all the same; the log has it.
void enter_denial(database_pool& database, const postgres::audit_row& row) {
  try {
    database.run([&](unit_of_work& work) { postgres::add_audit(work, std::vector{row}); });
  } catch (const problem& p) {
    monitoring::log(monitoring::level::warn, "a denial could not be entered in the audit log",
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
    return prove(authorization, charged);
  } catch (const problem& p) {
    if (p.kind() != problem_kind::unauthenticated) throw;
    if (!failures_.admit(charged, steady_clock::now())) throw too_many_failures();
    nlohmann::json detail{{"reason", p.what()}};
    if (const auto id = presented_id(authorization)) detail["token"] = *id;
    enter_denial(database_, {"unknown", "api.unauthenticated", {}, address, text_of(detail)});
    throw;
  }
}

caller authenticator::prove(std::string_view authorization, std::string& charged) {
  if (authorization.empty()) throw unknown_caller("send Authorization: Bearer and a token; millrace token create makes one");
  if (!authorization.starts_with(scheme)) throw unknown_caller("the Authorization header must be Bearer and a token");
  const auto token = authorization.substr(scheme.size());
  return token.starts_with("mr_") || settings_.oidc.issuer.empty() ? by_token(token, charged) : by_identity_provider(token);
}

/// `charged` is whose rate of failures this counts to: the address, or the token if it is genuine.
caller authenticator::by_token(std::string_view token, std::string& charged) {
  const auto told = parse_bearer(token);
  if (told && genuine_.contains(token)) charged += " " + told->id;
  if (!failures_.open(charged, steady_clock::now())) throw too_many_failures();
  std::optional<postgres::token_with_hash> known;
  if (told) database_.run([&](unit_of_work& work) { known = postgres::find_token(work, told->id); });
  if (!known || !fits(told->secret, known->secret_hash)) throw unknown_caller("the token is not known");
  genuine_.add(token);
  if (!known->valid) throw unknown_caller(known->revoked_at.empty() ? "the token has expired" : "the token is revoked");
  const auto has = role_of(known->role);
  if (!has) throw unknown_caller("the token's role is not known to this node");
  return {"token:" + known->name + "(" + known->id + ")", "token:" + known->id, *has, known->tenant};
}

caller authenticator::by_identity_provider(std::string_view token) {
  const auto key_id = key_id_of(token).value_or("");
  const auto keys = keys_.keys(key_id, steady_clock::now());
  if (!keys) throw problem{problem_kind::unavailable, "the identity provider's keys " + keys.error()};
  const auto claims = verify_token(token, **keys, rules_, std::chrono::system_clock::now());
  if (!claims) throw unknown_caller("the token is not valid: " + claims.error());
  const auto has = role_of(claims->role);
  if (!has) throw unknown_caller("the token's role is none of viewer, operator, auditor, admin");
  if (!claims->tenant.empty() && !is_tenant(claims->tenant)) throw unknown_caller("the token's tenant is no tenant's name");
  return {"oidc:" + claims->subject, "oidc:" + claims->subject, *has, claims->tenant};
}

void authenticator::authorize(const caller& who, const route& r, const std::string& address) {
  if (!callers_.admit(who.key, steady_clock::now()))
    throw problem{problem_kind::too_many_requests,
                  "more than " + std::to_string(settings_.rate_limit) + " requests a second"};
  if (may(who, r.permission, r.scope)) return;
  deny(who, r, address,
       std::string{"the role "} + std::string{to_string(who.has)} + (who.tenant.empty() ? "" : " of one tenant") +
           " may not " + std::string{r.operation});
}

void authenticator::authorize_tenant(const caller& who, const route& r, const arguments& args, const std::string& address) {
  const auto asked = args.text("tenant");
  if (who.tenant.empty() || asked.empty() || asked == who.tenant) return;
  deny(who, r, address, "these credentials are for tenant '" + who.tenant + "' only");
}

void authenticator::enter_denied(const caller& who, const route& r, const std::string& address, const std::string& why) {
  const nlohmann::json detail{{"role", to_string(who.has)}, {"tenant", who.tenant}, {"address", address}, {"reason", why}};
  enter_denial(database_, {who.name, "api.denied", who.tenant, std::string{r.operation}, text_of(detail)});
}

void authenticator::deny(const caller& who, const route& r, const std::string& address, const std::string& why) {
  enter_denied(who, r, address, why);
  throw problem{problem_kind::forbidden, why};
}

}  // namespace millrace::api
