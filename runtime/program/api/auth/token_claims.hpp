#pragma once

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace millrace::api {

/// What a token has to say to be accepted, and where it says who its bearer is.
struct token_rules {
  std::string issuer;    ///< `iss` must be this text, byte by byte
  std::string audience;  ///< `aud` must be this text, or a list with it
  std::string role_claim = "millrace_role";
  std::string tenant_claim = "millrace_tenant";
};

/// Whom a token speaks for.
struct token_claims {
  std::string subject;          ///< 1 to 255 bytes, printable
  std::string role;             ///< 1 to 64 bytes, printable; what it grants is for the caller to say
  std::string tenant;           ///< empty: none
  std::int64_t expires_at = 0;  ///< seconds since 1970
};

/// Checks the claims of a token (RFC 7519 section 4.1) whose signature has been verified:
/// - `iss` and `aud` as the rules say, which must name both.
/// - `exp` is required and lies ahead. `nbf` and `iat`, if given, may lie up to 60 s ahead, for clocks that differ. With
///   `iat`, the token must not live longer than 24 h. Times are numbers of seconds from 0 to the end of the year 9999.
/// - `sub` and the role claim are required. The tenant claim may be missing; if it is there, it must be a tenant's name,
///   because a tenant that is misread as none would open all of them.
/// The error says what is wrong and repeats nothing that the token says.
tl::expected<token_claims, std::string> check_claims(const nlohmann::json& claims, const token_rules& rules,
                                                     std::chrono::system_clock::time_point now);

}  // namespace millrace::api
