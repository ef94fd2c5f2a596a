#pragma once

#include "runtime/program/api/auth/jwk_set.hpp"
#include "runtime/program/api/auth/token_claims.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Bearer tokens of an OpenID Connect issuer: JSON Web Tokens (RFC 7519) in JWS compact form (RFC 7515), verified as RFC
/// 8725 advises. The functions are stateless and thread-safe.
namespace millrace::api {

inline constexpr std::size_t max_token_bytes = 8 * 1024;

/// Verifies a token and returns its claims. The token must have exactly three base64url parts. `alg` must be RS256 or ES256.
/// The key is always taken from `keys` (`jwk`, `jku` and `x5c` in the header are ignored): the key for this `alg` with the
/// token's `kid` or, without a `kid`, the only key for this `alg`. `typ`, if present, must be JWT or at+jwt. `crit` is
/// rejected, because no extension is supported. Claims: see check_claims.
/// The error describes the violation and contains nothing from the token.
tl::expected<token_claims, std::string> verify_token(std::string_view token, const key_set& keys, const token_rules& rules,
                                                     std::chrono::system_clock::time_point now);

/// The token's `kid`, unverified: anybody may have written it. Nothing if there is no `kid`, or if verify_token would reject
/// the header. If `keys` does not contain it, the issuer may have rotated its keys: see key_source.
std::optional<std::string> key_id_of(std::string_view token);

}  // namespace millrace::api
