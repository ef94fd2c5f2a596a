#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

/// SHA-256 (FIPS 180-4). All functions throw std::runtime_error if OpenSSL does not provide it.
namespace millrace::text {

/// The digest of `bytes`, 32 bytes.
std::string sha256(std::string_view bytes);

/// HMAC-SHA256 (RFC 2104), 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// The digest of data that arrives in parts.
class sha256_stream {
 public:
  sha256_stream();
  void update(std::string_view bytes);
  /// The digest of all parts, 32 bytes. Call once, last.
  std::string finish();

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace millrace::text
