#pragma once

#include <nlohmann/json.hpp>
#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::api::test {

/// A key pair that signs as a token issuer does.
class signing_key {
 public:
  static signing_key rsa(unsigned bits = 2'048);
  static signing_key elliptic(const char* curve = "P-256");

  /// The public key as a JWK: kty with n and e, or with crv, x and y; and `members`.
  nlohmann::json jwk(const nlohmann::json& members = nlohmann::json::object()) const;
  /// Signs with SHA-256; ECDSA signatures are r and s of equal length.
  std::string sign(std::string_view message) const;
  /// Signs with SHA-256; ECDSA signatures are DER.
  std::string sign_der(std::string_view message) const;
  std::string public_pem() const;

 private:
  explicit signing_key(EVP_PKEY* key);
  std::string number(const char* name, std::size_t bytes) const;
  std::size_t bytes() const;
  bool is_rsa() const;

  std::shared_ptr<EVP_PKEY> key_;
};

/// Created once for all tests.
const signing_key& rsa_pair();
const signing_key& elliptic_pair();

/// The signing input: encoded header and claims.
std::string unsigned_token(std::string_view header, std::string_view claims);
std::string token_of(std::string_view header, std::string_view claims, const signing_key& key);

}  // namespace millrace::api::test
