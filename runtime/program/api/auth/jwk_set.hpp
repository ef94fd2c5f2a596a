#pragma once

#include "runtime/program/api/auth/public_key.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::api {

/// The public keys of a token issuer, from its JWK Set (RFC 7517). Cannot be changed; safe to read from any thread.
class key_set {
 public:
  static constexpr std::size_t max_document_bytes = 256 * 1024;
  static constexpr std::size_t max_keys = 64;  ///< in the document, usable or not

  /// Reads a JWK Set. What we cannot use is passed over, as section 5 advises: other kinds than RSA and EC P-256, RSA keys
  /// that are not of 2048 to 4096 bits, keys with broken members, and keys whose `use`, `key_ops` or `alg` says that they
  /// are not for RS256 or ES256 signatures. `x5c`, `jku` and the like are ignored. The error says why there is no set: over
  /// a limit, no JWK Set, two usable keys of one kind with the same `kid`, or no usable key, with what is wrong with the
  /// first one.
  static tl::expected<key_set, std::string> parse(std::string_view document);

  std::size_t size() const noexcept { return keys_.size(); }
  /// Whether a key has that `kid`, of whatever kind.
  bool has(std::string_view id) const;
  /// The key for signatures of that kind with that `kid` (not empty), or nullptr.
  const public_key* find(std::string_view id, signature_algorithm algorithm) const;
  /// The key for signatures of that kind, if there is exactly one; else nullptr.
  const public_key* only(signature_algorithm algorithm) const;

 private:
  struct named_key {
    std::string id;  // empty: none
    public_key key;
  };
  std::vector<named_key> keys_;
};

}  // namespace millrace::api
