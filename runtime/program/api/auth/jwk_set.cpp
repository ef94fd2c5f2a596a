#include "runtime/program/api/auth/jwk_set.hpp"

#include "config/text/encoding.hpp"
#include "config/text/utf8.hpp"
#include "runtime/program/api/json_object.hpp"

#include <algorithm>
#include <utility>

namespace millrace::api {
namespace {

using nlohmann::json;
using refused = tl::unexpected<std::string>;

constexpr std::size_t max_id_bytes = 256;
constexpr payload_limits document_limits{
    .max_depth = 16, .max_elements = 16'384, .max_text_bytes = key_set::max_document_bytes};

bool allows_verifying(const json& operations) {
  return operations.is_array() && std::find(operations.begin(), operations.end(), "verify") != operations.end();
}

/// The reason why a key cannot verify signatures of the algorithm; nullptr if it can.
const char* unusable_reason(const json& jwk, const char* algorithm) {
  if (jwk.contains("use") && jwk["use"] != "sig") return "is not for signatures";
  if (jwk.contains("key_ops") && !allows_verifying(jwk["key_ops"])) return "does not allow verification";
  if (jwk.contains("alg") && jwk["alg"] != algorithm) return "is for an algorithm other than RS256 or ES256";
  return nullptr;
}

/// The decoded bytes of a member; empty if it is missing or not base64url.
std::string bytes_member(const json& jwk, const char* name) {
  const auto* text = text_member(jwk, name);
  return text == nullptr ? std::string{} : text::from_base64url(*text).value_or("");
}

tl::expected<public_key, std::string> rsa_key(const json& jwk) {
  if (const char* reason = unusable_reason(jwk, "RS256")) return refused(reason);
  const auto modulus = bytes_member(jwk, "n");
  const auto exponent = bytes_member(jwk, "e");
  if (modulus.empty() || exponent.empty()) return refused("is missing n or e in base64url");
  return public_key::rsa(modulus, exponent);
}

tl::expected<public_key, std::string> elliptic_key(const json& jwk) {
  if (const char* reason = unusable_reason(jwk, "ES256")) return refused(reason);
  const auto* curve = text_member(jwk, "crv");
  if (curve == nullptr || *curve != "P-256") return refused("is not on curve P-256");
  const auto x = bytes_member(jwk, "x");
  const auto y = bytes_member(jwk, "y");
  if (x.empty() || y.empty()) return refused("is missing x or y in base64url");
  return public_key::p256(x, y);
}

tl::expected<public_key, std::string> key_of(const json& jwk) {
  if (!jwk.is_object()) return refused("is not an object");
  const auto* type = text_member(jwk, "kty");
  if (type != nullptr && *type == "RSA") return rsa_key(jwk);
  if (type != nullptr && *type == "EC") return elliptic_key(jwk);
  return refused("is neither RSA nor EC");
}

/// The key's `kid`: empty if absent, nothing if invalid.
std::optional<std::string> id_of(const json& jwk) {
  if (!jwk.contains("kid")) return std::string{};
  const auto* text = text_member(jwk, "kid");
  if (text == nullptr || text->empty() || text->size() > max_id_bytes) return {};
  return *text;
}

}  // namespace

tl::expected<key_set, std::string> key_set::parse(std::string_view document) {
  if (document.size() > max_document_bytes)
    return refused("key set is larger than " + std::to_string(max_document_bytes) + " bytes");
  auto read = parse_json_object(document, document_limits);
  if (!read) return refused("key set " + read.error());
  const auto listed = read->find("keys");
  if (listed == read->end() || !listed->is_array()) return refused("key set has no `keys` array");
  if (listed->size() > max_keys) return refused("key set has more than " + std::to_string(max_keys) + " keys");
  key_set set;
  std::string first_skipped;
  for (std::size_t i = 0; i < listed->size(); ++i) {
    const auto& jwk = (*listed)[i];
    auto key = key_of(jwk);
    auto id = key ? id_of(jwk) : std::nullopt;
    if (!id) {
      if (first_skipped.empty())
        first_skipped = "; key " + std::to_string(i + 1) + " " +
                        (key ? "has a kid that is not a string of 1 to 256 bytes" : key.error());
      continue;
    }
    if (!id->empty() && set.find(*id, key->algorithm()) != nullptr)
      return refused("key set has two keys of the same algorithm with kid " + text::excerpt(*id));
    set.keys_.push_back({*std::move(id), *std::move(key)});
  }
  if (set.keys_.empty()) return refused("key set has no usable key" + first_skipped);
  return set;
}

bool key_set::has(std::string_view id) const {
  return !id.empty() && std::any_of(keys_.begin(), keys_.end(), [id](const named_key& k) { return k.id == id; });
}

const public_key* key_set::find(std::string_view id, signature_algorithm algorithm) const {
  if (id.empty()) return nullptr;
  for (const auto& k : keys_)
    if (k.id == id && k.key.algorithm() == algorithm) return &k.key;
  return nullptr;
}

const public_key* key_set::only(signature_algorithm algorithm) const {
  const public_key* found = nullptr;
  for (const auto& k : keys_) {
    if (k.key.algorithm() != algorithm) continue;
    if (found != nullptr) return nullptr;
    found = &k.key;
  }
  return found;
}

}  // namespace millrace::api
