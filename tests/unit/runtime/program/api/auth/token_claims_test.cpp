#include "runtime/program/api/auth/token_claims.hpp"

#include "tests/unit/runtime/program/api/auth/issued.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace millrace::api;
using namespace millrace::api::test;
using nlohmann::json;

namespace {

json with(const char* claim, const json& value) {
  auto claims = good_claims();
  claims[claim] = value;
  return claims;
}

json without(const char* claim) {
  auto claims = good_claims();
  claims.erase(claim);
  return claims;
}

void check(const std::vector<std::pair<json, std::string>>& cases) {
  for (const auto& [claims, expected] : cases) BOOST_TEST_CONTEXT(claims.dump()) BOOST_TEST(verdict_on(claims) == expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(claims_of_tokens)

BOOST_AUTO_TEST_CASE(the_issuer_is_compared_byte_by_byte) {
  const std::string wrong = "iss is not the configured issuer";
  check({{without("iss"), wrong},
         {with("iss", "https://canary.example.test"), wrong},
         {with("iss", "https://id.example.test/"), wrong},
         {with("iss", "https://ID.example.test"), wrong},
         {with("iss", ""), wrong},
         {with("iss", {"https://id.example.test"}), wrong},
         {with("iss", nullptr), wrong}});
}

BOOST_AUTO_TEST_CASE(the_audience_is_a_string_or_a_list_that_contains_ours) {
  const std::string wrong = "aud does not include the configured audience";
  check({{with("aud", {"millrace"}), "accepted"},
         {with("aud", {"other", "millrace"}), "accepted"},
         {without("aud"), wrong},
         {with("aud", "canary"), wrong},
         {with("aud", "millrace2"), wrong},
         {with("aud", ""), wrong},
         {with("aud", nullptr), wrong},
         {with("aud", json::array()), wrong},
         {with("aud", {"other"}), wrong},
         {with("aud", json::array({"millrace", 7})), wrong},
         {with("aud", json::array({json::array({"millrace"})})), wrong},
         {with("aud", json{{"millrace", true}}), wrong}});
}

BOOST_AUTO_TEST_CASE(a_token_expires_exactly_at_exp) {
  const std::string insane = "exp is not a number of seconds since 1970";
  check({{with("exp", now_s + 1), "accepted"},
         {with("exp", static_cast<double>(now_s) + 1.5), "accepted"},
         {with("exp", now_s), "expired"},
         {with("exp", static_cast<double>(now_s) + 0.5), "expired"},
         {with("exp", now_s - 1), "expired"},
         {with("exp", 0), "expired"},
         {without("exp"), "exp is missing"},
         {with("exp", nullptr), insane},
         {with("exp", true), insane},
         {with("exp", std::to_string(now_s + 60)), insane},
         {with("exp", -1), insane},
         {with("exp", 253'402'300'800), insane},
         {with("exp", 1e300), insane},
         {with("exp", 18'446'744'073'709'551'615U), insane}});
}

BOOST_AUTO_TEST_CASE(a_token_without_iat_has_no_maximum_lifetime) {
  auto claims = without("iat");
  claims["exp"] = 253'402'300'799;
  BOOST_TEST(verdict_on(claims) == "accepted");
}

BOOST_AUTO_TEST_CASE(clocks_may_differ_by_a_minute) {
  check({{with("nbf", now_s + 60), "accepted"},
         {with("nbf", now_s + 61), "not valid yet"},
         {with("nbf", -1), "nbf is not a number of seconds since 1970"},
         {with("nbf", "0"), "nbf is not a number of seconds since 1970"},
         {with("iat", now_s + 60), "accepted"},
         {with("iat", now_s + 61), "issued in the future"},
         {with("iat", "canary"), "iat is not a number of seconds since 1970"},
         {with("iat", 1e12), "iat is not a number of seconds since 1970"}});
}

BOOST_AUTO_TEST_CASE(the_lifetime_is_at_most_24_hours) {
  auto claims = good_claims();
  claims["iat"] = now_s - 10;
  claims["exp"] = now_s - 10 + 86'400;
  BOOST_TEST(verdict_on(claims) == "accepted");
  claims["exp"] = now_s - 10 + 86'401;
  BOOST_TEST(verdict_on(claims) == "lifetime exceeds 24 hours");
  claims["iat"] = now_s + 30;
  claims["exp"] = now_s + 30;
  BOOST_TEST(verdict_on(claims) == "expires before it was issued");
}

BOOST_AUTO_TEST_CASE(subject_and_role_are_required) {
  for (const auto& [claim, most] : {std::pair{"sub", 255}, std::pair{"millrace_role", 64}}) {
    const std::string lacks = std::string{claim} + " must be a non-empty string";
    const std::string unfit = std::string{claim} + " must be printable text of at most " + std::to_string(most) + " bytes";
    const auto size = static_cast<std::size_t>(most);
    check({{with(claim, std::string(size, 'a')), "accepted"},
           {with(claim, "J\u00fcrgen"), "accepted"},
           {without(claim), lacks},
           {with(claim, ""), lacks},
           {with(claim, nullptr), lacks},
           {with(claim, 7), lacks},
           {with(claim, {"admin"}), lacks},
           {with(claim, std::string(size + 1, 'a')), unfit},
           {with(claim, "canary\n"), unfit},
           {with(claim, "\u001b[2Jcanary"), unfit}});
  }
}

BOOST_AUTO_TEST_CASE(an_invalid_tenant_is_not_treated_as_absent) {
  const std::string wrong = "millrace_tenant is not a valid tenant name";
  check({{with("millrace_tenant", "acme-2"), "accepted"},
         {with("millrace_tenant", ""), wrong},
         {with("millrace_tenant", nullptr), wrong},
         {with("millrace_tenant", {"acme"}), wrong},
         {with("millrace_tenant", 7), wrong},
         {with("millrace_tenant", "canary canary"), wrong},
         {with("millrace_tenant", std::string(65, 't')), wrong}});
}

BOOST_AUTO_TEST_CASE(the_rules_name_the_role_and_tenant_claims) {
  auto claims = good_claims();
  claims["https://example.test/role"] = "viewer";
  claims["org"] = "acme";
  claims["millrace_tenant"] = "not asked for";
  auto named = rules();
  named.role_claim = "https://example.test/role";
  named.tenant_claim = "org";
  const auto said = check_claims(claims, named, now);
  BOOST_REQUIRE(said);
  BOOST_TEST(said->role == "viewer");
  BOOST_TEST(said->tenant == "acme");
}

BOOST_AUTO_TEST_CASE(an_absent_tenant_claim_is_an_empty_tenant) {
  const auto said = check_claims(good_claims(), rules(), now);
  BOOST_REQUIRE(said);
  BOOST_TEST(said->tenant.empty());
}

BOOST_AUTO_TEST_CASE(rules_without_issuer_or_audience_accept_no_token) {
  auto claims = good_claims();
  claims["iss"] = "";
  claims["aud"] = "";
  for (const token_rules& empty : {token_rules{}, token_rules{.issuer = "", .audience = "millrace"},
                                   token_rules{.issuer = "https://id.example.test", .audience = ""}})
    for (const auto& c : {claims, good_claims()}) {
      const auto said = check_claims(c, empty, now);
      BOOST_REQUIRE(!said);
      BOOST_TEST(said.error() == "issuer or audience not configured");
    }
}

BOOST_AUTO_TEST_SUITE_END()
