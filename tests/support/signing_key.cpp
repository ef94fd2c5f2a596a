#include "tests/support/signing_key.hpp"

#include "config/text/encoding.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <stdexcept>

namespace millrace::api::test {
namespace {

void check(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL cannot do what a test needs");
}

std::string padded(const BIGNUM* number, std::size_t bytes) {
  std::string text(bytes, '\0');
  check(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(bytes)) >= 0);
  return text;
}

}  // namespace

signing_key::signing_key(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { check(key != nullptr); }

signing_key signing_key::rsa(unsigned bits) { return signing_key{EVP_RSA_gen(bits)}; }

signing_key signing_key::elliptic(const char* curve) { return signing_key{EVP_EC_gen(curve)}; }

bool signing_key::is_rsa() const { return EVP_PKEY_is_a(key_.get(), "RSA") == 1; }

std::size_t signing_key::bytes() const { return static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get()) + 7) / 8; }

std::string signing_key::number(const char* name, std::size_t bytes) const {
  BIGNUM* found = nullptr;
  check(EVP_PKEY_get_bn_param(key_.get(), name, &found) == 1);
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> owned{found, BN_free};
  return text::to_base64url(padded(found, bytes));
}

nlohmann::json signing_key::jwk(const nlohmann::json& members) const {
  nlohmann::json made;
  if (is_rsa()) {
    made = {{"kty", "RSA"}, {"n", number(OSSL_PKEY_PARAM_RSA_N, bytes())}, {"e", number(OSSL_PKEY_PARAM_RSA_E, 3)}};
  } else {
    made = {{"kty", "EC"},
            {"crv", "P-" + std::to_string(EVP_PKEY_get_bits(key_.get()))},
            {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, bytes())},
            {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, bytes())}};
  }
  made.update(members);
  return made;
}

std::string signing_key::sign_der(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> run{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  auto size = signature.size();
  check(run && EVP_DigestSignInit(run.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
  check(EVP_DigestSign(run.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  signature.resize(size);
  return signature;
}

std::string signing_key::sign(std::string_view message) const {
  const auto signature = sign_der(message);
  if (is_rsa()) return signature;
  const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair{
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size())), ECDSA_SIG_free};
  check(pair != nullptr);
  return padded(ECDSA_SIG_get0_r(pair.get()), bytes()) + padded(ECDSA_SIG_get0_s(pair.get()), bytes());
}

std::string signing_key::public_pem() const {
  const std::unique_ptr<BIO, int (*)(BIO*)> out{BIO_new(BIO_s_mem()), BIO_free};
  check(out && PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

const signing_key& rsa_pair() {
  static const auto key = signing_key::rsa();
  return key;
}

const signing_key& elliptic_pair() {
  static const auto key = signing_key::elliptic();
  return key;
}

std::string unsigned_token(std::string_view header, std::string_view claims) {
  return text::to_base64url(header) + "." + text::to_base64url(claims);
}

std::string token_of(std::string_view header, std::string_view claims, const signing_key& key) {
  const auto text = unsigned_token(header, claims);
  return text + "." + text::to_base64url(key.sign(text));
}

}  // namespace millrace::api::test
