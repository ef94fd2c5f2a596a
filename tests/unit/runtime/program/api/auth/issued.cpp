#include "tests/unit/runtime/program/api/auth/issued.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace millrace::api::test {

token_rules rules() { return {.issuer = "https://id.example.test", .audience = "millrace"}; }

std::string document_of(const std::vector<nlohmann::json>& keys) { return nlohmann::json{{"keys", keys}}.dump(); }

const key_set& trusted_keys() {
  static const key_set keys = key_set::parse(document_of({rsa_pair().jwk({{"kid", "r1"}, {"use", "sig"}, {"alg", "RS256"}}),
                                                          elliptic_pair().jwk({{"kid", "e1"}})}))
                                  .value();
  return keys;
}

nlohmann::json good_claims() {
  return {{"iss", "https://id.example.test"}, {"aud", "millrace"}, {"sub", "ann@example.test"},
          {"millrace_role", "operator"},      {"iat", now_s - 60}, {"exp", now_s + 3'540}};
}

std::string verdict(const std::string& token, const key_set& keys) {
  const auto said = verify_token(token, keys, rules(), now);
  if (said) return "accepted";
  std::size_t begin = 0;
  while (begin < token.size()) {
    const auto end = std::min(token.find('.', begin), token.size());
    if (end - begin > 8) BOOST_TEST(said.error().find(token.substr(begin, end - begin)) == std::string::npos, said.error());
    begin = end + 1;
  }
  BOOST_TEST(said.error().find("canary") == std::string::npos, said.error());
  return said.error();
}

std::string verdict_on(const nlohmann::json& claims) {
  return verdict(token_of(es256_header, claims.dump(), elliptic_pair()));
}

}  // namespace millrace::api::test
