#pragma once

#include <openssl/types.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::api {

/// Supported signature algorithms (RFC 7518 section 3.1). "none" and HMAC are left out so that no token can select them.
enum class signature_algorithm : std::uint8_t {
  rs256,  ///< RSASSA-PKCS1-v1_5 with SHA-256
  es256,  ///< ECDSA on P-256 with SHA-256
};

/// A key that verifies signatures of one algorithm only. Copies share the key. Thread-safe.
class public_key {
 public:
  /// An RSA key of 2048 to 4096 bits with an odd exponent from 3 to 2^32 - 1, both as big-endian bytes. The error is a
  /// predicate for the key, such as "is not a valid RSA key".
  static tl::expected<public_key, std::string> rsa(std::string_view modulus, std::string_view exponent);
  /// A point on the curve P-256, each coordinate as 32 big-endian bytes.
  static tl::expected<public_key, std::string> p256(std::string_view x, std::string_view y);

  signature_algorithm algorithm() const noexcept { return algorithm_; }
  /// Whether `signature` is valid for `message`. ES256 signatures are r and s of 32 bytes each (RFC 7518 section 3.4), not
  /// DER. Also false if OpenSSL fails.
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  public_key(signature_algorithm algorithm, std::shared_ptr<EVP_PKEY> key) : algorithm_(algorithm), key_(std::move(key)) {}

  signature_algorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace millrace::api
