// The API with the tokens of an identity provider.
#include "tests/integration/end_to_end/operators.hpp"
#include "tests/unit/api/signing_key.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace millrace::test;
using namespace millrace::api::test;
using nlohmann::json;

namespace {

std::int64_t now() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

struct provider_scene : operators_scene {
  provider_scene() {
    set("MILLRACE_API_OIDC_ISSUER", "https://id.example.org");
    set("MILLRACE_API_OIDC_AUDIENCE", "millrace");
    set("MILLRACE_API_OIDC_KEYS", write("keys.json", json{{"keys", {elliptic_pair().jwk({{"kid", "e1"}})}}}.dump()));
    serve();
  }
  /// What the provider says of somebody, signed; `changes` over a token that is good.
  static std::string issue(const json& changes, const signing_key& key = elliptic_pair()) {
    json claims{{"iss", "https://id.example.org"}, {"aud", "millrace"}, {"sub", "ada"}, {"iat", now()}, {"exp", now() + 600},
                {"millrace_role", "operator"}};
    claims.update(changes);
    return token_of(R"({"alg":"ES256","kid":"e1"})", claims.dump(), key);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(identity_provider, provider_scene)

BOOST_AUTO_TEST_CASE(its_tokens_are_taken_with_their_role_and_tenant_and_name_who_did_it) {
  auto paused = ask(issue(json::object()), "POST", "/queues/email/pause", {{"why", "test"}});
  BOOST_REQUIRE_EQUAL(paused.status, 200);
  BOOST_TEST(paused.body["changed_by"] == "oidc:ada");
  BOOST_TEST(ask(issue({{"millrace_role", "viewer"}}), "POST", "/queues/email/resume", {{"why", "test"}}).status == 403);
  BOOST_TEST(ask(issue({{"millrace_tenant", "acme"}}), "GET", "/queues").status == 403);
  BOOST_TEST(ask(issue({{"millrace_tenant", "acme"}}), "GET", "/tasks").status == 200);
  BOOST_TEST(read("select actor from millrace.audit where action = 'queue.pause'") == "oidc:ada");
  BOOST_TEST(ask(token("viewer"), "GET", "/queues").status == 200);  // the API's own go on
}

BOOST_AUTO_TEST_CASE(what_it_did_not_say_or_no_longer_says_is_refused) {
  BOOST_TEST(ask(issue({{"exp", now() - 1}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue({{"aud", "another"}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue({{"iss", "https://evil.example.org"}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue({{"millrace_role", "root"}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue(json::object(), signing_key::elliptic()), "GET", "/queues").status == 401);
  BOOST_TEST(ask(token_of(R"({"alg":"none"})", R"({"sub":"ada"})", elliptic_pair()), "GET", "/queues").status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
