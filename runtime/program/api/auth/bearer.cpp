#include "runtime/program/api/auth/bearer.hpp"

#include "config/text/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace millrace::api {
namespace {

constexpr std::size_t id_length = 12, secret_length = 64;
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567", digits = "0123456789abcdef";

std::string random_text(std::size_t length, std::string_view alphabet) {
  std::string bytes(length, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(length)) != 1)
    throw std::runtime_error("OpenSSL cannot provide random bytes");
  // Both alphabet sizes are powers of two, so the modulo is unbiased.
  for (auto& c : bytes) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return bytes;
}

bool consists_of(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace

std::optional<bearer> parse_bearer(std::string_view token) {
  constexpr std::string_view prefix = "mr_";
  if (token.size() != prefix.size() + id_length + 1 + secret_length || !token.starts_with(prefix)) return std::nullopt;
  const auto id = token.substr(prefix.size(), id_length), secret = token.substr(prefix.size() + id_length + 1);
  if (token[prefix.size() + id_length] != '_' || !consists_of(id, "abcdefghijklmnopqrstuvwxyz0123456789") ||
      !consists_of(secret, digits))
    return std::nullopt;
  return bearer{std::string{id}, std::string{secret}};
}

minted mint_token() {
  minted m;
  m.kept.id = random_text(id_length, letters);
  const auto secret = random_text(secret_length, digits);
  m.kept.secret_hash = text::sha256(secret);
  m.token = "mr_" + m.kept.id + "_" + secret;
  return m;
}

bool matches(std::string_view secret, std::string_view hash) {
  const auto digest = text::sha256(secret);
  return digest.size() == hash.size() && CRYPTO_memcmp(digest.data(), hash.data(), hash.size()) == 0;
}

}  // namespace millrace::api
