#pragma once

#include "runtime/program/api/auth/public_key.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::api {

/// The public keys of a token issuer, from its JWK Set (RFC 7517). Immutable, hence thread-safe.
class key_set {
 public:
  static constexpr std::size_t max_document_bytes = 256 * 1024;
  static constexpr std::size_t max_keys = 64;  ///< in the document, usable or not

  /// Parses a JWK Set. Unusable keys are skipped, as section 5 advises: key types other than RSA and EC P-256, RSA keys
  /// below 2048 or above 4096 bits, keys with invalid members, and keys whose `use`, `key_ops` or `alg` excludes RS256 or
  /// ES256 signatures. `x5c`, `jku` and similar members are ignored. Errors: a limit is exceeded, the document is not a JWK
  /// Set, two usable keys of the same algorithm have the same `kid`, or no key is usable (with the reason for the first
  /// key).
  static tl::expected<key_set, std::string> parse(std::string_view document);

  std::size_t size() const noexcept { return keys_.size(); }
  /// Whether any key has this `kid`.
  bool has(std::string_view id) const;
  /// The key for this algorithm with this `kid` (not empty), or nullptr.
  const public_key* find(std::string_view id, signature_algorithm algorithm) const;
  /// The only key for this algorithm; nullptr if there is none or more than one.
  const public_key* only(signature_algorithm algorithm) const;

 private:
  struct named_key {
    std::string id;  // empty: none
    public_key key;
  };
  std::vector<named_key> keys_;
};

}  // namespace millrace::api
