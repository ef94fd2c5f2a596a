#pragma once

#include <nlohmann/json.hpp>
#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::api::test {

/// base64url without padding.
std::string to_base64url(std::string_view bytes);

/// A key pair that signs as a token issuer does.
class signing_key {
 public:
  static signing_key rsa(unsigned bits = 2'048);
  static signing_key elliptic(const char* curve = "P-256");

  /// The public key as a JWK: kty with n and e, or with crv, x and y; and `members`.
  nlohmann::json jwk(const nlohmann::json& members = nlohmann::json::object()) const;
  /// With SHA-256; on a curve as r and s of equal length.
  std::string sign(std::string_view message) const;
  /// On a curve as DER.
  std::string sign_der(std::string_view message) const;
  std::string public_pem() const;

 private:
  explicit signing_key(EVP_PKEY* key);
  std::string number(const char* name, std::size_t bytes) const;
  std::size_t bytes() const;
  bool is_rsa() const;

  std::shared_ptr<EVP_PKEY> key_;
};

/// Made once for all tests.
const signing_key& rsa_pair();
const signing_key& elliptic_pair();

/// The text that is signed, of a header and claims as they are written.
std::string unsigned_token(std::string_view header, std::string_view claims);
std::string token_of(std::string_view header, std::string_view claims, const signing_key& key);

}  // namespace millrace::api::test
