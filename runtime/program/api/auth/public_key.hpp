#pragma once

#include <openssl/types.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::api {

/// How a token may be signed (RFC 7518 section 3.1). There is no "none" and no HMAC, so that nothing can ask for them.
enum class signature_algorithm : std::uint8_t {
  rs256,  ///< RSASSA-PKCS1-v1_5 with SHA-256
  es256,  ///< ECDSA on P-256 with SHA-256
};

/// A key that verifies signatures of one algorithm and can be used for nothing else. Copies share it. Thread-safe.
class public_key {
 public:
  /// An RSA key of 2048 to 4096 bits with an odd exponent from 3 to 2^32 - 1, both as big-endian bytes. The error says
  /// what is wrong with it.
  static tl::expected<public_key, std::string> rsa(std::string_view modulus, std::string_view exponent);
  /// A point on the curve P-256, each coordinate as 32 big-endian bytes.
  static tl::expected<public_key, std::string> p256(std::string_view x, std::string_view y);

  signature_algorithm algorithm() const noexcept { return algorithm_; }
  /// Whether `signature` is one of `message`: for ES256 r and s, 32 bytes each (RFC 7518 section 3.4), not DER. False, too,
  /// if OpenSSL cannot tell.
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  public_key(signature_algorithm algorithm, std::shared_ptr<EVP_PKEY> key) : algorithm_(algorithm), key_(std::move(key)) {}

  signature_algorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace millrace::api
