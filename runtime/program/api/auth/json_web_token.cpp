#include "runtime/program/api/auth/json_web_token.hpp"

#include "config/text/encoding.hpp"
#include "runtime/program/api/json_object.hpp"

#include <algorithm>
#include <utility>

namespace millrace::api {
namespace {

using nlohmann::json;
using refused = tl::unexpected<std::string>;

constexpr payload_limits part_limits{.max_depth = 8, .max_elements = 1'024, .max_text_bytes = max_token_bytes};

/// The parts of a token, still encoded.
struct token_parts {
  std::string_view header, claims, signature;
  std::string_view signed_text;  ///< header and claims with the dot between them
};

struct token_header {
  signature_algorithm algorithm;
  std::string key_id;  ///< empty: none
};

tl::expected<token_parts, std::string> split(std::string_view token) {
  if (token.size() > max_token_bytes) return refused("larger than " + std::to_string(max_token_bytes) + " bytes");
  const auto first = token.find('.');
  const auto second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return refused("must have exactly three parts");
  return token_parts{.header = token.substr(0, first),
                     .claims = token.substr(first + 1, second - first - 1),
                     .signature = token.substr(second + 1),
                     .signed_text = token.substr(0, second)};
}

tl::expected<json, std::string> decode(std::string_view part, const char* name) {
  const auto bytes = text::from_base64url(part);
  if (!bytes) return refused(std::string{name} + " is not base64url without padding");
  auto object = parse_json_object(*bytes, part_limits);
  if (!object) return refused(std::string{name} + " " + object.error());
  return object;
}

std::optional<signature_algorithm> algorithm_of(const json& header) {
  const auto* name = text_member(header, "alg");
  if (name != nullptr && *name == "RS256") return signature_algorithm::rs256;
  if (name != nullptr && *name == "ES256") return signature_algorithm::es256;
  return {};
}

/// Media types are case-insensitive and may have the prefix application/ (RFC 7515 section 4.1.9, RFC 9068 section 4).
bool is_token_type(const json& header) {
  const auto* text = text_member(header, "typ");
  if (text == nullptr) return false;
  std::string type = *text;
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  constexpr std::string_view prefix = "application/";
  if (type.starts_with(prefix)) type.erase(0, prefix.size());
  return type == "jwt" || type == "at+jwt";
}

tl::expected<token_header, std::string> read_header(std::string_view part) {
  const auto header = decode(part, "header");
  if (!header) return tl::unexpected(header.error());
  const auto algorithm = algorithm_of(*header);
  if (!algorithm) return refused("alg must be RS256 or ES256");
  if (header->contains("crit")) return refused("crit is not supported");
  if (header->contains("typ") && !is_token_type(*header)) return refused("typ must be JWT or at+jwt");
  if (!header->contains("kid")) return token_header{*algorithm, {}};
  const auto* id = text_member(*header, "kid");
  if (id == nullptr || id->empty()) return refused("kid must be a non-empty string");
  return token_header{*algorithm, *id};
}

tl::expected<const public_key*, std::string> key_for(const token_header& header, const key_set& keys) {
  const auto* key = header.key_id.empty() ? keys.only(header.algorithm) : keys.find(header.key_id, header.algorithm);
  if (key != nullptr) return key;
  if (header.key_id.empty()) return refused("kid is missing, and the issuer does not have exactly one key for the alg");
  if (keys.has(header.key_id)) return refused("alg does not match the key with this kid");
  return refused("the issuer has no usable key with this kid");
}

}  // namespace

tl::expected<token_claims, std::string> verify_token(std::string_view token, const key_set& keys, const token_rules& rules,
                                                     std::chrono::system_clock::time_point now) {
  const auto parts = split(token);
  if (!parts) return tl::unexpected(parts.error());
  const auto header = read_header(parts->header);
  if (!header) return tl::unexpected(header.error());
  const auto key = key_for(*header, keys);
  if (!key) return tl::unexpected(key.error());
  const auto signature = text::from_base64url(parts->signature);
  if (!signature) return refused("signature is not base64url without padding");
  if (!(*key)->verifies(parts->signed_text, *signature)) return refused("wrong signature");
  const auto claims = decode(parts->claims, "payload");
  if (!claims) return tl::unexpected(claims.error());
  return check_claims(*claims, rules, now);
}

std::optional<std::string> key_id_of(std::string_view token) {
  const auto parts = split(token);
  if (!parts) return {};
  auto header = read_header(parts->header);
  if (!header || header->key_id.empty()) return {};
  return std::move(header->key_id);
}

}  // namespace millrace::api
