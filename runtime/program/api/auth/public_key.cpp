#include "runtime/program/api/auth/public_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace millrace::api {
namespace {

using refused = tl::unexpected<std::string>;

constexpr std::size_t coordinate_bytes = 32;
constexpr int min_rsa_bits = 2'048;
// Verification time grows with the square of the size, and clients may send any number of signatures.
constexpr int max_rsa_bits = 4'096;
constexpr int max_exponent_bits = 32;

template <auto free>
struct freed {
  template <class T>
  void operator()(T* handle) const noexcept {
    free(handle);
  }
};
using number = std::unique_ptr<BIGNUM, freed<BN_free>>;
using parameter_builder = std::unique_ptr<OSSL_PARAM_BLD, freed<OSSL_PARAM_BLD_free>>;
using parameters = std::unique_ptr<OSSL_PARAM, freed<OSSL_PARAM_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed<EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX_free>>;
using ecdsa_pair = std::unique_ptr<ECDSA_SIG, freed<ECDSA_SIG_free>>;

/// Discards the OpenSSL errors of a scope. OpenSSL queues errors per thread, and a TLS connection of the same thread must
/// not find the errors of a rejected key.
class openssl_error_scope {
 public:
  openssl_error_scope() { ERR_set_mark(); }
  ~openssl_error_scope() { ERR_pop_to_mark(); }
  openssl_error_scope(const openssl_error_scope&) = delete;
  openssl_error_scope& operator=(const openssl_error_scope&) = delete;
};

const unsigned char* octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

number number_of(std::string_view bytes) {
  return number{BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr)};
}

/// Builds a key and checks it according to SP 800-56 (the RSA modulus is composite, the point is on its curve). Null on
/// failure.
std::shared_ptr<EVP_PKEY> made_of(const char* type, OSSL_PARAM_BLD* members) {
  const parameters given{OSSL_PARAM_BLD_to_param(members)};
  const key_context making{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!given || !making || EVP_PKEY_fromdata_init(making.get()) != 1 ||
      EVP_PKEY_fromdata(making.get(), &made, EVP_PKEY_PUBLIC_KEY, given.get()) != 1)
    return {};
  std::shared_ptr<EVP_PKEY> key{made, EVP_PKEY_free};
  const key_context checking{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  if (!checking || EVP_PKEY_public_check(checking.get()) != 1) return {};
  return key;
}

/// Converts an ECDSA signature to DER, which OpenSSL requires; empty unless r and s have 32 bytes each.
std::string der_of(std::string_view raw) {
  if (raw.size() != 2 * coordinate_bytes) return {};
  number r = number_of(raw.substr(0, coordinate_bytes));
  number s = number_of(raw.substr(coordinate_bytes));
  const ecdsa_pair pair{ECDSA_SIG_new()};
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // owned by `pair` now
  (void)s.release();
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  return i2d_ECDSA_SIG(pair.get(), &at) == size ? der : std::string{};
}

}  // namespace

tl::expected<public_key, std::string> public_key::rsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > 2 * max_rsa_bits / 8 || exponent.size() > 2 * max_rsa_bits / 8)
    return refused("has RSA parameters that are too long");
  const openssl_error_scope scope;
  const number n = number_of(modulus);
  const number e = number_of(exponent);
  const parameter_builder members{OSSL_PARAM_BLD_new()};
  if (!n || !e || !members) return refused("cannot be created");
  if (const int bits = BN_num_bits(n.get()); bits < min_rsa_bits || bits > max_rsa_bits)
    return refused("is an RSA key of " + std::to_string(bits) + " bits, must have " + std::to_string(min_rsa_bits) + " to " +
                   std::to_string(max_rsa_bits));
  if (BN_is_odd(e.get()) != 1 || BN_is_one(e.get()) == 1 || BN_num_bits(e.get()) > max_exponent_bits)
    return refused("has an RSA exponent that is not an odd number from 3 to 2^32 - 1");
  if (OSSL_PARAM_BLD_push_BN(members.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(members.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return refused("cannot be created");
  auto key = made_of("RSA", members.get());
  if (!key) return refused("is not a valid RSA key");
  return public_key{signature_algorithm::rs256, std::move(key)};
}

tl::expected<public_key, std::string> public_key::p256(std::string_view x, std::string_view y) {
  if (x.size() != coordinate_bytes || y.size() != coordinate_bytes)
    return refused("has coordinates that are not 32 bytes each");
  const openssl_error_scope scope;
  const std::string point = std::string{"\x04"}.append(x).append(y);  // SEC 1, uncompressed
  const parameter_builder members{OSSL_PARAM_BLD_new()};
  if (!members || OSSL_PARAM_BLD_push_utf8_string(members.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(members.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return refused("cannot be created");
  auto key = made_of("EC", members.get());
  if (!key) return refused("is not a point on P-256");
  return public_key{signature_algorithm::es256, std::move(key)};
}

bool public_key::verifies(std::string_view message, std::string_view signature) const {
  const openssl_error_scope scope;
  std::string der;
  if (algorithm_ == signature_algorithm::es256) {
    der = der_of(signature);
    signature = der;
  }
  if (signature.empty()) return false;
  const digest_context run{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* settings = nullptr;  // owned by the digest context
  if (!run || EVP_DigestVerifyInit(run.get(), &settings, EVP_sha256(), nullptr, key_.get()) != 1) return false;
  if (algorithm_ == signature_algorithm::rs256 && EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) != 1)
    return false;
  return EVP_DigestVerify(run.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

}  // namespace millrace::api
