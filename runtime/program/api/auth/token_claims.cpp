#include "runtime/program/api/auth/token_claims.hpp"

#include "config/text/utf8.hpp"
#include "runtime/program/api/json_object.hpp"
#include "runtime/task/task_identity.hpp"

#include <algorithm>
#include <optional>

namespace millrace::api {
namespace {

using nlohmann::json;
using problem_text = std::optional<std::string>;

constexpr std::int64_t leeway_s = 60;
constexpr std::int64_t max_lifetime_s = 24 * 60 * 60;
constexpr std::int64_t max_time_s = 253'402'300'799;  // of the year 9999
constexpr std::size_t max_subject_bytes = 255;        // OpenID Connect Core section 2
constexpr std::size_t max_role_bytes = 64;

struct token_times {
  std::optional<std::int64_t> expires, not_before, issued;
};

/// A NumericDate truncated to seconds. Nothing if the claim is missing or invalid; if invalid, sets `problem`.
std::optional<std::int64_t> seconds(const json& claims, const char* name, problem_text& problem) {
  const auto at = claims.find(name);
  if (at == claims.end()) return {};
  const auto invalid = [&]() -> std::optional<std::int64_t> {
    problem = std::string{name} + " is not a number of seconds since 1970";
    return {};
  };
  if (!at->is_number()) return invalid();
  // Doubles above 2^53 are rounded, but they are far out of range anyway.
  const auto value = at->get<double>();
  if (!(value >= 0 && value <= static_cast<double>(max_time_s))) return invalid();
  return static_cast<std::int64_t>(value);
}

problem_text check_times(const token_times& t, std::int64_t now_s) {
  if (!t.expires) return "exp is missing";
  if (*t.expires <= now_s) return "expired";
  if (t.not_before && *t.not_before > now_s + leeway_s) return "not valid yet";
  if (!t.issued) return {};
  if (*t.issued > now_s + leeway_s) return "issued in the future";
  if (*t.expires <= *t.issued) return "expires before it was issued";
  if (*t.expires - *t.issued > max_lifetime_s) return "lifetime exceeds 24 hours";
  return {};
}

problem_text read_times(const json& claims, std::int64_t now_s, std::int64_t& expires_at) {
  problem_text problem;
  const token_times t{.expires = seconds(claims, "exp", problem),
                      .not_before = seconds(claims, "nbf", problem),
                      .issued = seconds(claims, "iat", problem)};
  if (!problem) problem = check_times(t, now_s);
  if (!problem) expires_at = *t.expires;
  return problem;
}

bool is_for(const json& claims, const std::string& audience) {
  const auto at = claims.find("aud");
  if (at == claims.end()) return false;
  if (!at->is_array()) return *at == audience;
  return std::all_of(at->begin(), at->end(), [](const json& item) { return item.is_string(); }) &&
         std::find(at->begin(), at->end(), audience) != at->end();
}

problem_text check_origin(const json& claims, const token_rules& rules) {
  if (rules.issuer.empty() || rules.audience.empty()) return "issuer or audience not configured";
  const auto* issuer = text_member(claims, "iss");
  if (issuer == nullptr || *issuer != rules.issuer) return "iss is not the configured issuer";
  if (!is_for(claims, rules.audience)) return "aud does not include the configured audience";
  return {};
}

problem_text read_name(const json& claims, const std::string& claim, std::size_t max, std::string& into) {
  const auto* text = text_member(claims, claim);
  if (text == nullptr || text->empty()) return claim + " must be a non-empty string";
  if (text->size() > max || !text::is_printable(*text))
    return claim + " must be printable text of at most " + std::to_string(max) + " bytes";
  into = *text;
  return {};
}

problem_text read_tenant(const json& claims, const std::string& claim, std::string& into) {
  if (!claims.contains(claim)) return {};
  const auto* text = text_member(claims, claim);
  if (text == nullptr || !is_tenant(*text)) return claim + " is not a valid tenant name";
  into = *text;
  return {};
}

}  // namespace

tl::expected<token_claims, std::string> check_claims(const json& claims, const token_rules& rules,
                                                     std::chrono::system_clock::time_point now) {
  const auto now_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  token_claims read;
  if (auto problem = check_origin(claims, rules)) return tl::unexpected(*std::move(problem));
  if (auto problem = read_times(claims, now_s, read.expires_at)) return tl::unexpected(*std::move(problem));
  if (auto problem = read_name(claims, "sub", max_subject_bytes, read.subject)) return tl::unexpected(*std::move(problem));
  if (auto problem = read_name(claims, rules.role_claim, max_role_bytes, read.role))
    return tl::unexpected(*std::move(problem));
  if (auto problem = read_tenant(claims, rules.tenant_claim, read.tenant)) return tl::unexpected(*std::move(problem));
  return read;
}

}  // namespace millrace::api
