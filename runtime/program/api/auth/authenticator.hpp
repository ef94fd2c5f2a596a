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

/// Authenticates and authorises callers; denies by default. Thread-safe.
class authenticator {
 public:
  /// `read_keys` returns the identity provider's JWK Set.
  authenticator(const config::api_settings& s, database_pool& database, key_source::read_function read_keys);

  /// Identifies the caller by the Authorization header. Throws `problem`: unauthenticated, too_many_requests, unavailable.
  /// Failed attempts are recorded in the audit log, up to ten per second and address. Above that rate, Millrace tokens from
  /// the address are rejected unread, and an identity provider's tokens only if their signature is wrong: signatures cannot
  /// be guessed, so a valid new token is accepted whatever other clients of the address do. A token whose secret was right
  /// once has a failure rate of its own, so a script with an expired token does not lock out other clients of its address.
  caller authenticate(std::string_view authorization, const std::string& address);
  /// Throws `problem`: forbidden if the caller may not use the route (recorded in the audit log), too_many_requests above
  /// the caller's rate limit.
  void authorize(const caller& who, const route& r, const std::string& address);
  /// Throws `problem` (forbidden, recorded) if the arguments name a tenant other than the caller's.
  void authorize_tenant(const caller& who, const route& r, const arguments& args, const std::string& address);
  /// Records a denial by the route's handler in the audit log.
  void record_denied(const caller& who, const route& r, const std::string& address, const std::string& reason);

 private:
  caller identify(std::string_view authorization, std::string& charged);
  caller by_token(std::string_view token, std::string& charged);
  caller by_identity_provider(std::string_view token);
  [[noreturn]] void deny(const caller& who, const route& r, const std::string& address, const std::string& reason);

  const config::api_settings settings_;
  database_pool& database_;
  key_source keys_;
  token_rules rules_;
  rate_limiter callers_, failures_;
  recent_digests genuine_;  ///< tokens with the right secret, valid or not
};

/// Whether the caller has the permission and the scope. Pure.
bool may(const caller& who, permission required, tenant_scope scope);

}  // namespace millrace::api
