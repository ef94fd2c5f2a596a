#pragma once

#include "config/settings.hpp"
#include "runtime/program/api/auth/caller.hpp"
#include "runtime/program/api/auth/key_source.hpp"
#include "runtime/program/api/auth/rate_limiter.hpp"
#include "runtime/program/api/auth/recent_digests.hpp"
#include "runtime/program/api/auth/token_claims.hpp"
#include "runtime/program/api/database_pool.hpp"
#include "runtime/program/api/route.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace millrace::api {

/// Who asks, and whether they may. Everything is denied that is not granted here. Thread-safe.
class authenticator {
 public:
  /// `read_keys` reads the identity provider's JWK Set.
  authenticator(const config::api_settings& s, database_pool& database, key_source::read_function read_keys);

  /// The caller that the Authorization header proves. Throws `problem`: unauthenticated, too_many_requests, unavailable.
  /// Attempts that fail are entered in the audit log, up to ten a second of one address; beyond that, its tokens of ours are
  /// refused unread, and those of an identity provider once their signature is found wrong: nobody guesses a signature, so
  /// whoever has a new token need not suffer from others at its address. A token that was genuine once has a rate of its
  /// own: a script with an expired one shuts nobody else out.
  caller authenticate(std::string_view authorization, const std::string& address);
  /// Throws `problem` (forbidden) unless the caller may use the route, and enters that in the audit log; (too_many_requests)
  /// above its rate.
  void authorize(const caller& who, const route& r, const std::string& address);
  /// The same for the tenant that the arguments name.
  void authorize_tenant(const caller& who, const route& r, const arguments& args, const std::string& address);
  /// Enters a denial that the route itself has found, for `why`, in the audit log.
  void enter_denied(const caller& who, const route& r, const std::string& address, const std::string& why);

 private:
  caller prove(std::string_view authorization, std::string& charged);
  caller by_token(std::string_view token, std::string& charged);
  caller by_identity_provider(std::string_view token);
  [[noreturn]] void deny(const caller& who, const route& r, const std::string& address, const std::string& why);

  const config::api_settings settings_;
  database_pool& database_;
  key_source keys_;
  token_rules rules_;
  rate_limiter callers_, failures_;
  recent_digests genuine_;  ///< tokens whose secret was right, valid or not
};

/// The decision alone. Pure.
bool may(const caller& who, permission required, tenant_scope scope);

}  // namespace millrace::api
