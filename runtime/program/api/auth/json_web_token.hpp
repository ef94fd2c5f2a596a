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
/// 8725 advises. Functions without state; any thread may call them.
namespace millrace::api {

inline constexpr std::size_t max_token_bytes = 8 * 1024;

/// Verifies a token and returns whom it speaks for. Three base64url parts, no more; `alg` is RS256 or ES256, and the key is
/// one of that kind, from `keys` alone (`jwk`, `jku` and `x5c` in the header count for nothing): the one with the token's
/// `kid` or, without a `kid`, the only one of the kind. `typ`, if given, is JWT or at+jwt; `crit` is refused, because we
/// know no extension. Claims: see check_claims.
/// The error says what is wrong and repeats nothing that the token says.
tl::expected<token_claims, std::string> verify_token(std::string_view token, const key_set& keys, const token_rules& rules,
                                                     std::chrono::system_clock::time_point now);

/// The `kid` that a token names, before anything is verified: a stranger may have written it. None if it names none, or if
/// verify_token would refuse its header. If `keys` lacks it, the issuer may have new keys: see key_source.
std::optional<std::string> key_id_of(std::string_view token);

}  // namespace millrace::api
