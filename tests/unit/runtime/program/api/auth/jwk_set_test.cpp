#include "runtime/program/api/auth/jwk_set.hpp"

#include "tests/unit/runtime/program/api/auth/issued.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace millrace::api;
using namespace millrace::api::test;
using nlohmann::json;

namespace {

/// The error of key_set::parse, or the number of keys.
std::string parsed(const std::string& document) {
  const auto keys = key_set::parse(document);
  return keys ? std::to_string(keys->size()) : keys.error();
}

std::string parsed_keys(const std::vector<json>& keys) { return parsed(document_of(keys)); }

json without(json jwk, const char* member) {
  jwk.erase(member);
  return jwk;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_sets)

BOOST_AUTO_TEST_CASE(keys_are_found_by_id_and_algorithm) {
  const auto& keys = trusted_keys();
  BOOST_TEST(keys.size() == 2U);
  BOOST_TEST(keys.has("r1"));
  BOOST_TEST(keys.has("e1"));
  BOOST_TEST(!keys.has("R1"));
  BOOST_TEST(!keys.has(""));
  BOOST_REQUIRE(keys.find("r1", signature_algorithm::rs256));
  BOOST_REQUIRE(keys.find("e1", signature_algorithm::es256));
  BOOST_TEST(keys.find("r1", signature_algorithm::rs256)->verifies("text", rsa_pair().sign("text")));
  BOOST_TEST(keys.find("e1", signature_algorithm::es256)->verifies("text", elliptic_pair().sign("text")));
  BOOST_TEST(!keys.find("r1", signature_algorithm::es256));
  BOOST_TEST(!keys.find("e1", signature_algorithm::rs256));
  BOOST_TEST(!keys.find("", signature_algorithm::rs256));
}

BOOST_AUTO_TEST_CASE(the_only_key_for_an_algorithm_is_found) {
  const auto one = key_set::parse(document_of({elliptic_pair().jwk()})).value();
  BOOST_TEST(one.only(signature_algorithm::es256));
  BOOST_TEST(!one.only(signature_algorithm::rs256));
  const auto two = key_set::parse(document_of({elliptic_pair().jwk(), elliptic_pair().jwk({{"kid", "b"}})})).value();
  BOOST_TEST(!two.only(signature_algorithm::es256));
}

BOOST_AUTO_TEST_CASE(an_id_may_name_a_key_for_each_algorithm) {
  const auto keys =
      key_set::parse(document_of({elliptic_pair().jwk({{"kid", "k"}}), rsa_pair().jwk({{"kid", "k"}})})).value();
  BOOST_TEST(keys.find("k", signature_algorithm::rs256));
  BOOST_TEST(keys.find("k", signature_algorithm::es256));
}

BOOST_AUTO_TEST_CASE(unusable_keys_are_skipped) {
  const auto rsa = rsa_pair().jwk();
  const auto elliptic = elliptic_pair().jwk();
  const std::vector<std::pair<json, std::string>> cases{
      {json{{"kty", "oct"}, {"k", "c2VjcmV0"}}, "is neither RSA nor EC"},
      {json{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AAAA"}}, "is neither RSA nor EC"},
      {json{{"kty", "rsa"}, {"n", rsa["n"]}, {"e", rsa["e"]}}, "is neither RSA nor EC"},
      {without(rsa, "kty"), "is neither RSA nor EC"},
      {json{{"kty", 5}}, "is neither RSA nor EC"},
      {json(7), "is not an object"},
      {json(nullptr), "is not an object"},
      {json::array({rsa}), "is not an object"},
      {rsa_pair().jwk({{"use", "enc"}}), "is not for signatures"},
      {rsa_pair().jwk({{"use", nullptr}}), "is not for signatures"},
      {elliptic_pair().jwk({{"use", "enc"}}), "is not for signatures"},
      {rsa_pair().jwk({{"key_ops", {"sign"}}}), "does not allow verification"},
      {rsa_pair().jwk({{"key_ops", "verify"}}), "does not allow verification"},
      {rsa_pair().jwk({{"alg", "RS512"}}), "is for an algorithm other than RS256 or ES256"},
      {rsa_pair().jwk({{"alg", "PS256"}}), "is for an algorithm other than RS256 or ES256"},
      {rsa_pair().jwk({{"alg", "ES256"}}), "is for an algorithm other than RS256 or ES256"},
      {rsa_pair().jwk({{"alg", 256}}), "is for an algorithm other than RS256 or ES256"},
      {elliptic_pair().jwk({{"alg", "RS256"}}), "is for an algorithm other than RS256 or ES256"},
      {without(rsa, "n"), "is missing n or e in base64url"},
      {without(rsa, "e"), "is missing n or e in base64url"},
      {rsa_pair().jwk({{"e", 65'537}}), "is missing n or e in base64url"},
      {rsa_pair().jwk({{"e", "AQAB="}}), "is missing n or e in base64url"},
      {rsa_pair().jwk({{"n", rsa["n"].get<std::string>() + "+"}}), "is missing n or e in base64url"},
      {rsa_pair().jwk({{"e", "AQ"}}), "has an RSA exponent that is not an odd number from 3 to 2^32 - 1"},
      {signing_key::rsa(1'024).jwk(), "is an RSA key of 1024 bits, must have 2048 to 4096"},
      {without(elliptic, "x"), "is missing x or y in base64url"},
      {without(elliptic, "y"), "is missing x or y in base64url"},
      {without(elliptic, "crv"), "is not on curve P-256"},
      {signing_key::elliptic("P-384").jwk(), "is not on curve P-256"},
      {signing_key::elliptic("P-384").jwk({{"crv", "P-256"}}), "has coordinates that are not 32 bytes each"},
      {elliptic_pair().jwk({{"crv", "secp256k1"}}), "is not on curve P-256"},
      {elliptic_pair().jwk({{"y", elliptic["x"]}}), "is not a point on P-256"},
      {elliptic_pair().jwk({{"kid", ""}}), "has a kid that is not a string of 1 to 256 bytes"},
      {elliptic_pair().jwk({{"kid", 1}}), "has a kid that is not a string of 1 to 256 bytes"},
      {elliptic_pair().jwk({{"kid", std::string(257, 'k')}}), "has a kid that is not a string of 1 to 256 bytes"},
  };
  for (const auto& [jwk, why] : cases) BOOST_TEST_CONTEXT(jwk.dump()) {
      BOOST_TEST(parsed_keys({jwk}) == "key set has no usable key; key 1 " + why);
      BOOST_TEST(parsed_keys({jwk, elliptic_pair().jwk({{"kid", "good"}})}) == "1");
    }
}

BOOST_AUTO_TEST_CASE(harmless_members_are_accepted) {
  const std::vector<json> members{{{"use", "sig"}},
                                  {{"key_ops", {"encrypt", "verify"}}},
                                  {{"kid", std::string(256, 'k')}},
                                  {{"x5c", {"MIIB"}}, {"x5t", "abc"}, {"jku", "https://evil.example.test/"}},
                                  {{"d", "private keys do not belong here, but are none of our business"}}};
  for (const auto& m : members) BOOST_TEST_CONTEXT(m.dump()) {
      BOOST_TEST(parsed_keys({rsa_pair().jwk(m)}) == "1");
      BOOST_TEST(parsed_keys({elliptic_pair().jwk(m)}) == "1");
    }
  BOOST_TEST(parsed_keys({rsa_pair().jwk({{"alg", "RS256"}}), elliptic_pair().jwk({{"alg", "ES256"}})}) == "2");
  BOOST_TEST(parsed(json{{"keys", json::array({rsa_pair().jwk()})}, {"issued_by", {1, 2}}}.dump()) == "1");
}

BOOST_AUTO_TEST_CASE(invalid_key_sets_are_rejected) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "key set is empty"},
      {"[]", "key set is not a JSON object"},
      {"null", "key set is not a JSON object"},
      {"{}", "key set has no `keys` array"},
      {R"({"keys":{}})", "key set has no `keys` array"},
      {R"({"keys":null})", "key set has no `keys` array"},
      {R"({"Keys":[]})", "key set has no `keys` array"},
      {R"({"keys":[]})", "key set has no usable key"},
      {R"({"keys":[],"keys":[]})", "key set has a duplicate key in an object"},
      {R"({"keys":[{"kty":"RSA","kty":"EC"}]})", "key set has a duplicate key in an object"},
      {R"({"keys":[]}x)", "key set is not valid JSON: unexpected text after the value at byte 11"},
      {R"({"keys":[)", "key set is not valid JSON: expected a value at the end, byte 9"},
      {std::string{"{\"keys\":[\"\xff\"]}"}, "key set is not valid JSON: invalid UTF-8 at byte 10"},
      {"<html>", "key set is not valid JSON: expected a value at byte 0"},
      {R"({"keys":)" + std::string(100, '[') + std::string(100, ']') + "}",
       "key set is not valid JSON: nested more than 16 deep at byte 23"},
  };
  for (const auto& [document, why] : cases) BOOST_TEST(parsed(document) == why);
}

BOOST_AUTO_TEST_CASE(a_key_set_has_size_limits) {
  auto document = document_of({elliptic_pair().jwk()});
  document.resize(key_set::max_document_bytes, ' ');
  BOOST_TEST(parsed(document) == "1");
  BOOST_TEST(parsed(document + ' ') == "key set is larger than 262144 bytes");
  std::vector<json> many;
  for (std::size_t i = 1; i < key_set::max_keys; ++i) many.push_back({{"kty", "oct"}});
  many.push_back(elliptic_pair().jwk());
  BOOST_TEST(parsed_keys(many) == "1");
  many.push_back({{"kty", "oct"}});
  BOOST_TEST(parsed_keys(many) == "key set has more than 64 keys");
}

BOOST_AUTO_TEST_CASE(two_keys_for_one_algorithm_with_the_same_id_are_rejected) {
  const auto other = signing_key::elliptic();
  BOOST_TEST(parsed_keys({elliptic_pair().jwk({{"kid", "k"}}), other.jwk({{"kid", "k"}})}) ==
             "key set has two keys of the same algorithm with kid 'k'");
  BOOST_TEST(parsed_keys({elliptic_pair().jwk({{"kid", "k"}}), other.jwk({{"kid", "k"}, {"use", "enc"}})}) == "1");
}

BOOST_AUTO_TEST_SUITE_END()
