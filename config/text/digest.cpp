#include "config/text/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace millrace::text {
namespace {

constexpr std::size_t digest_bytes = 32;

void check(bool succeeded) {
  if (!succeeded) throw std::runtime_error("SHA-256 is not available");
}

unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(digest_bytes, '\0');
  check(EVP_Digest(bytes.data(), bytes.size(), octets(digest), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(digest_bytes, '\0');
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
             bytes.size(), octets(digest), nullptr) != nullptr);
  return digest;
}

sha256_stream::sha256_stream() : context_(EVP_MD_CTX_new(), [](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); }) {
  check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void sha256_stream::update(std::string_view bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string sha256_stream::finish() {
  std::string digest(digest_bytes, '\0');
  check(EVP_DigestFinal_ex(context_.get(), octets(digest), nullptr) == 1);
  return digest;
}

}  // namespace millrace::text
