#pragma once

#include "runtime/program/api/auth/json_web_token.hpp"
#include "tests/support/signing_key.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// An issuer with an RSA key "r1" and a P-256 key "e1", and tokens that it issues.
namespace millrace::api::test {

inline constexpr std::int64_t now_s = 1'900'000'000;
inline constexpr std::chrono::system_clock::time_point now{std::chrono::seconds{now_s}};

/// The rules that good_claims satisfy.
token_rules rules();
/// A JWK Set with the given JWKs.
std::string document_of(const std::vector<nlohmann::json>& keys);
/// The issuer's keys.
const key_set& trusted_keys();
/// Valid claims: issued a minute ago, valid for an hour.
nlohmann::json good_claims();

inline constexpr const char* rs256_header = R"({"alg":"RS256","typ":"JWT","kid":"r1"})";
inline constexpr const char* es256_header = R"({"alg":"ES256","typ":"JWT","kid":"e1"})";

/// The error of verify_token, or "accepted". Checks that the error contains nothing from the token.
std::string verdict(const std::string& token, const key_set& keys = trusted_keys());
/// The verdict on a token with these claims, signed with ES256.
std::string verdict_on(const nlohmann::json& claims);

}  // namespace millrace::api::test
