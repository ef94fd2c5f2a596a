#include "runtime/program/api/auth/json_web_token.hpp"

#include "config/text/encoding.hpp"
#include "tests/unit/runtime/program/api/auth/issued.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace millrace;
using namespace millrace::api;
using namespace millrace::api::test;
using nlohmann::json;

namespace {

std::string elliptic_token(const std::string& header) { return token_of(header, good_claims().dump(), elliptic_pair()); }
std::string rsa_token(const std::string& header) { return token_of(header, good_claims().dump(), rsa_pair()); }

std::string hmac_token(const std::string& header, const std::string& secret) {
  const auto text = unsigned_token(header, good_claims().dump());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  BOOST_REQUIRE(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size) != nullptr);
  return text + "." + text::to_base64url({reinterpret_cast<const char*>(digest.data()), size});
}

/// The token with another signature.
std::string resigned(const std::string& token, const std::string& signature) {
  return token.substr(0, token.rfind('.') + 1) + signature;
}

/// A valid token of exactly `size` bytes. Base64 skips every fourth length, so both parts are padded.
std::string token_of_size(std::size_t size) {
  for (std::string header = es256_header; header.size() < std::string_view{es256_header}.size() + 3; header += ' ') {
    auto claims = good_claims().dump();
    claims.resize(size / 2, ' ');
    while (unsigned_token(header, claims).size() < size - 87) claims += ' ';
    if (unsigned_token(header, claims).size() == size - 87) return token_of(header, claims, elliptic_pair());
  }
  throw std::logic_error("there is no token of that size");
}

const std::string no_known_alg = "alg must be RS256 or ES256";
const std::string wrong_signature = "wrong signature";

}  // namespace

BOOST_AUTO_TEST_SUITE(json_web_tokens)

BOOST_AUTO_TEST_CASE(a_valid_token_yields_its_claims) {
  auto claims = good_claims();
  claims["millrace_tenant"] = "acme";
  for (const auto& token :
       {token_of(rs256_header, claims.dump(), rsa_pair()), token_of(es256_header, claims.dump(), elliptic_pair())}) {
    const auto said = verify_token(token, trusted_keys(), rules(), now);
    BOOST_REQUIRE(said);
    BOOST_TEST(said->subject == "ann@example.test");
    BOOST_TEST(said->role == "operator");
    BOOST_TEST(said->tenant == "acme");
    BOOST_TEST(said->expires_at == now_s + 3'540);
  }
}

BOOST_AUTO_TEST_CASE(headers_that_are_accepted) {
  for (const char* header :
       {R"({"alg":"ES256"})", R"({"alg":"ES256","kid":"e1"})", R"({"alg":"ES256","typ":"at+jwt"})",
        R"({"alg":"ES256","typ":"application/at+JWT"})", R"({"alg":"ES256","typ":"jwt"})",
        R"({"alg":"ES256","x5t":"abc","unknown":{"a":[1]}})", " {\"kid\" : \"e1\" , \"alg\" : \"ES256\"}\n"})
    BOOST_TEST_CONTEXT(header) BOOST_TEST(verdict(elliptic_token(header)) == "accepted");
  BOOST_TEST(verdict(rsa_token(R"({"alg":"RS256"})")) == "accepted");
}

BOOST_AUTO_TEST_CASE(headers_that_are_rejected) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"kid":"e1"})", no_known_alg},
      {R"({"alg":null})", no_known_alg},
      {R"({"alg":["ES256"]})", no_known_alg},
      {R"({"alg":"es256","kid":"e1"})", no_known_alg},
      {R"({"alg":"ES256 ","kid":"e1"})", no_known_alg},
      {R"({"alg":"ES384","kid":"e1"})", no_known_alg},
      {R"({"alg":"EdDSA","kid":"e1"})", no_known_alg},
      {R"({"alg":"canary","kid":"e1"})", no_known_alg},
      {R"({"alg":"ES256","crit":["exp"]})", "crit is not supported"},
      {R"({"alg":"ES256","crit":[]})", "crit is not supported"},
      {R"({"alg":"ES256","crit":["b64"],"b64":false})", "crit is not supported"},
      {R"({"alg":"ES256","typ":"JOSE"})", "typ must be JWT or at+jwt"},
      {R"({"alg":"ES256","typ":"secevent+jwt"})", "typ must be JWT or at+jwt"},
      {R"({"alg":"ES256","typ":"application/application/jwt"})", "typ must be JWT or at+jwt"},
      {R"({"alg":"ES256","typ":""})", "typ must be JWT or at+jwt"},
      {R"({"alg":"ES256","typ":null})", "typ must be JWT or at+jwt"},
      {R"({"alg":"ES256","kid":7})", "kid must be a non-empty string"},
      {R"({"alg":"ES256","kid":""})", "kid must be a non-empty string"},
      {R"({"alg":"ES256","kid":null})", "kid must be a non-empty string"},
      {R"({"alg":"ES256","kid":"canary"})", "the issuer has no usable key with this kid"},
      {R"({"alg":"ES256","kid":"r1"})", "alg does not match the key with this kid"},
      {R"({"alg":"ES256","alg":"none"})", "header has a duplicate key in an object"},
      {R"({"alg":"ES256","kid":"e1","kid":"e1"})", "header has a duplicate key in an object"},
      {R"(["ES256"])", "header is not a JSON object"},
      {R"("ES256")", "header is not a JSON object"},
      {R"({"alg":"ES256"}canary)", "header is not valid JSON: unexpected text after the value at byte 15"},
      {"{\"alg\":\"ES256\",\"kid\":\"\\u0000\"}", "header is not valid JSON: \\u0000 in a text at byte 22"},
      {"{\"alg\":\"ES256\",\"kid\":\"\xff\"}", "header is not valid JSON: invalid UTF-8 at byte 22"},
      {R"({"alg":"ES256","a":)" + std::string(100, '[') + std::string(100, ']') + "}",
       "header is not valid JSON: nested more than 8 deep at byte 26"},
      {"", "header is empty"},
  };
  for (const auto& [header, why] : cases) BOOST_TEST_CONTEXT(header) BOOST_TEST(verdict(elliptic_token(header)) == why);
}

BOOST_AUTO_TEST_CASE(a_token_has_three_parts_in_base64url_and_nothing_else) {
  const auto good = elliptic_token(es256_header);
  const auto dot = good.find('.');
  const std::string three = "must have exactly three parts";
  const std::string header = "header is not base64url without padding";
  const std::string signature = "signature is not base64url without padding";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", three},
      {".", three},
      {"canary", three},
      {good.substr(0, good.rfind('.')), three},
      {good + ".", three},
      {good + "." + good, three},
      {"..", "header is empty"},
      {good.substr(dot), "header is empty"},
      {" " + good, header},
      {"Bearer " + good, header},
      {good.substr(0, dot) + "=" + good.substr(dot), header},
      {good.substr(0, dot) + "\n" + good.substr(dot), header},
      {good + "=", signature},
      {good + "==", signature},
      {good + "\n", signature},
      {good + '\0', signature},
      {good + " trailing", signature},
      {good + "+", signature},
      {good + "AAAA", wrong_signature},
      {good.substr(0, good.size() - 2), wrong_signature},
      {good.substr(0, good.rfind('.') + 1), wrong_signature},
  };
  for (const auto& [token, why] : cases) BOOST_TEST_CONTEXT(token) BOOST_TEST(verdict(token) == why);
}

BOOST_AUTO_TEST_CASE(a_token_has_at_most_8_kib) {
  BOOST_TEST(verdict(token_of_size(max_token_bytes)) == "accepted");
  BOOST_TEST(verdict(token_of_size(max_token_bytes + 1)) == "larger than 8192 bytes");
  BOOST_TEST(verdict(std::string(10'000'000, '.')) == "larger than 8192 bytes");
}

BOOST_AUTO_TEST_CASE(an_unsigned_token_is_rejected) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", ""}) {
    const auto text = unsigned_token(json{{"alg", alg}, {"kid", "r1"}}.dump(), good_claims().dump());
    BOOST_TEST(verdict(text + ".") == no_known_alg);
    BOOST_TEST(verdict(text + "." + text::to_base64url(rsa_pair().sign(text))) == no_known_alg);
  }
  BOOST_TEST(verdict(resigned(rsa_token(rs256_header), "")) == wrong_signature);
  BOOST_TEST(verdict(resigned(elliptic_token(es256_header), "")) == wrong_signature);
}

BOOST_AUTO_TEST_CASE(a_public_key_is_not_an_hmac_secret) {
  const auto jwk = rsa_pair().jwk();
  for (const char* alg : {"HS256", "HS384", "HS512"})
    for (const auto& secret : {rsa_pair().public_pem(), jwk.dump(), jwk["n"].get<std::string>()})
      BOOST_TEST(verdict(hmac_token(json{{"alg", alg}, {"kid", "r1"}}.dump(), secret)) == no_known_alg);
  // The bytes are no valid signature for the key's own algorithm either.
  BOOST_TEST(verdict(hmac_token(rs256_header, rsa_pair().public_pem())) == wrong_signature);
}

BOOST_AUTO_TEST_CASE(a_key_is_used_with_its_own_algorithm_only) {
  BOOST_TEST(verdict(rsa_token(R"({"alg":"ES256","kid":"r1"})")) == "alg does not match the key with this kid");
  BOOST_TEST(verdict(elliptic_token(R"({"alg":"RS256","kid":"e1"})")) == "alg does not match the key with this kid");
  BOOST_TEST(verdict(elliptic_token(R"({"alg":"RS256"})")) == wrong_signature);
  BOOST_TEST(verdict(rsa_token(R"({"alg":"ES256"})")) == wrong_signature);
  for (const char* alg : {"PS256", "RS384", "RS512", "RS1", "RSA-OAEP", "dir"})
    BOOST_TEST(verdict(rsa_token(json{{"alg", alg}, {"kid", "r1"}}.dump())) == no_known_alg);
}

BOOST_AUTO_TEST_CASE(a_token_cannot_bring_its_own_key) {
  const auto forger = signing_key::elliptic();
  const auto jwk = forger.jwk({{"kid", "e1"}});
  for (const json& header :
       {json{{"alg", "ES256"}, {"jwk", jwk}}, json{{"alg", "ES256"}, {"kid", "e1"}, {"jwk", jwk}},
        json{{"alg", "ES256"}, {"jku", "https://evil.example.test/keys"}},
        json{{"alg", "ES256"}, {"x5u", "https://evil.example.test/cert"}}, json{{"alg", "ES256"}, {"x5c", {"MIIB"}}}})
    BOOST_TEST_CONTEXT(header.dump()) {
      BOOST_TEST(verdict(token_of(header.dump(), good_claims().dump(), forger)) == wrong_signature);
      BOOST_TEST(verdict(token_of(header.dump(), good_claims().dump(), elliptic_pair())) == "accepted");
    }
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_curve_or_form_is_rejected) {
  const auto good = elliptic_token(es256_header);
  const auto text = good.substr(0, good.rfind('.'));
  BOOST_TEST(verdict(resigned(good, text::to_base64url(elliptic_pair().sign_der(text)))) == wrong_signature);
  for (const char* curve : {"P-384", "P-521", "secp256k1"}) {
    const auto other = signing_key::elliptic(curve);
    BOOST_TEST(verdict(resigned(good, text::to_base64url(other.sign(text)))) == wrong_signature);
    BOOST_TEST(verdict(resigned(good, text::to_base64url(other.sign_der(text)))) == wrong_signature);
  }
  const auto signature = elliptic_pair().sign(text);
  BOOST_TEST(verdict(resigned(good, text::to_base64url(signature))) == "accepted");
  for (const std::size_t size : {1U, 32U, 33U, 63U})
    BOOST_TEST(verdict(resigned(good, text::to_base64url(signature.substr(0, size)))) == wrong_signature);
  const auto rsa = rsa_token(rs256_header);
  const auto long_one = rsa_pair().sign(rsa.substr(0, rsa.rfind('.')));
  for (const std::size_t size : {1U, 128U, 255U})
    BOOST_TEST(verdict(resigned(rsa, text::to_base64url(long_one.substr(0, size)))) == wrong_signature);
}

BOOST_AUTO_TEST_CASE(signed_content_cannot_be_changed) {
  auto claims = good_claims();
  claims["millrace_role"] = "admin";
  const auto good = elliptic_token(es256_header);
  const auto signature = good.substr(good.rfind('.'));
  BOOST_TEST(verdict(unsigned_token(es256_header, claims.dump()) + signature) == wrong_signature);
  BOOST_TEST(verdict(unsigned_token(R"({"alg":"ES256","kid":"e1"})", good_claims().dump()) + signature) == wrong_signature);
}

BOOST_AUTO_TEST_CASE(without_a_kid_the_key_must_be_the_only_one_for_its_alg) {
  const auto other = signing_key::elliptic();
  const auto keys = key_set::parse(document_of({elliptic_pair().jwk({{"kid", "e1"}}), other.jwk({{"kid", "e2"}}),
                                                rsa_pair().jwk({{"kid", "r1"}})}))
                        .value();
  const std::string ambiguous = "kid is missing, and the issuer does not have exactly one key for the alg";
  BOOST_TEST(verdict(elliptic_token(R"({"alg":"ES256"})"), keys) == ambiguous);
  BOOST_TEST(verdict(elliptic_token(es256_header), keys) == "accepted");
  BOOST_TEST(verdict(elliptic_token(R"({"alg":"ES256","kid":"e2"})"), keys) == wrong_signature);
  BOOST_TEST(verdict(rsa_token(R"({"alg":"RS256"})"), keys) == "accepted");
  const auto one = key_set::parse(document_of({elliptic_pair().jwk()})).value();
  BOOST_TEST(verdict(elliptic_token(R"({"alg":"ES256"})"), one) == "accepted");
  BOOST_TEST(verdict(rsa_token(R"({"alg":"RS256"})"), one) == ambiguous);
  BOOST_TEST(verdict(elliptic_token(es256_header), one) == "the issuer has no usable key with this kid");
}

BOOST_AUTO_TEST_CASE(claims_are_a_single_object) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "payload is empty"},
      {"[]", "payload is not a JSON object"},
      {R"({"iss":"a","iss":"canary"})", "payload has a duplicate key in an object"},
      {R"({"iss":"canary)", "payload is not valid JSON: text without closing quote at the end, byte 14"},
      {good_claims().dump() + "{}",
       "payload is not valid JSON: unexpected text after the value at byte " + std::to_string(good_claims().dump().size())},
  };
  for (const auto& [claims, why] : cases)
    BOOST_TEST_CONTEXT(claims) BOOST_TEST(verdict(token_of(es256_header, claims, elliptic_pair())) == why);
  const auto text = text::to_base64url(es256_header) + "." + "e30=";
  BOOST_TEST(verdict(text + "." + text::to_base64url(elliptic_pair().sign(text))) ==
             "payload is not base64url without padding");
}

BOOST_AUTO_TEST_CASE(the_kid_is_available_before_verification) {
  BOOST_TEST((key_id_of(elliptic_token(es256_header)) == "e1"));
  BOOST_TEST((key_id_of(text::to_base64url(R"({"alg":"RS256","kid":"new"})") + "..") == "new"));
  BOOST_TEST(!key_id_of(elliptic_token(R"({"alg":"ES256"})")));
  BOOST_TEST(!key_id_of(elliptic_token(R"({"alg":"none","kid":"e1"})")));
  BOOST_TEST(!key_id_of(""));
  BOOST_TEST(!key_id_of(std::string(max_token_bytes, 'A') + ".."));
}

BOOST_AUTO_TEST_SUITE_END()
