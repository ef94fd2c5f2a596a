#pragma once

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace millrace::api {

/// The required claims, and the names of the claims that hold role and tenant.
struct token_rules {
  std::string issuer;    ///< `iss` must equal this, byte by byte
  std::string audience;  ///< `aud` must equal this, or be a list that contains it
  std::string role_claim = "millrace_role";
  std::string tenant_claim = "millrace_tenant";
};

/// The identity that a token proves.
struct token_claims {
  std::string subject;          ///< 1 to 255 bytes, printable
  std::string role;             ///< 1 to 64 bytes, printable; not yet checked against the roles of Millrace
  std::string tenant;           ///< empty: none
  std::int64_t expires_at = 0;  ///< seconds since 1970
};

/// Checks the claims of a token (RFC 7519 section 4.1) whose signature has been verified:
/// - `iss` and `aud` must match the rules, which must set both.
/// - `exp` is required and must be in the future. `nbf` and `iat`, if present, may be up to 60 s in the future, to allow for
///   clock differences. With `iat`, the lifetime must not exceed 24 h. Times are seconds from 0 to the end of the year 9999.
/// - `sub` and the role claim are required. The tenant claim is optional. If present, it must be a valid tenant name,
/// because
///   a tenant misread as absent would grant access to all tenants.
/// The error describes the violation and contains nothing from the token.
tl::expected<token_claims, std::string> check_claims(const nlohmann::json& claims, const token_rules& rules,
                                                     std::chrono::system_clock::time_point now);

}  // namespace millrace::api
