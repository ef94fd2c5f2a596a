// The API with tokens of an identity provider. key_source_test.cpp covers key rotation over time.
#include "monitoring/http_server/certificate.hpp"
#include "monitoring/http_server/server.hpp"
#include "tests/integration/end_to_end/operators.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/signing_key.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>

using namespace millrace;
using namespace millrace::test;
using namespace millrace::api::test;
using nlohmann::json;

namespace {

std::int64_t now() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::string key_set() { return json{{"keys", {elliptic_pair().jwk({{"kid", "e1"}})}}}.dump(); }

struct trusting_scene : operators_scene {
  trusting_scene() {
    set("MILLRACE_API_OIDC_ISSUER", "https://id.example.org");
    set("MILLRACE_API_OIDC_AUDIENCE", "millrace");
  }
  /// A signed token of the provider: valid claims with `changes` applied.
  static std::string issue(const json& changes, const signing_key& key = elliptic_pair()) {
    json claims{{"iss", "https://id.example.org"}, {"aud", "millrace"}, {"sub", "ada"}, {"iat", now()}, {"exp", now() + 600},
                {"millrace_role", "operator"}};
    claims.update(changes);
    return token_of(R"({"alg":"ES256","kid":"e1"})", claims.dump(), key);
  }
};

struct provider_scene : trusting_scene {
  provider_scene() {
    set("MILLRACE_API_OIDC_KEYS", write("keys.json", key_set()));
    serve();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(identity_provider, provider_scene)

BOOST_AUTO_TEST_CASE(tokens_are_accepted_with_their_role_and_tenant_and_name_the_actor) {
  auto paused = ask(issue(json::object()), "POST", "/queues/email/pause", {{"reason", "test"}});
  BOOST_REQUIRE_EQUAL(paused.status, 200);
  BOOST_TEST(paused.body["changed_by"] == "oidc:ada");
  BOOST_TEST(ask(issue({{"millrace_role", "viewer"}}), "POST", "/queues/email/resume", {{"reason", "test"}}).status == 403);
  BOOST_TEST(ask(issue({{"millrace_tenant", "acme"}}), "GET", "/queues").status == 403);
  BOOST_TEST(ask(issue({{"millrace_tenant", "acme"}}), "GET", "/tasks").status == 200);
  BOOST_TEST(read("select actor from millrace.audit where action = 'queue.pause'") == "oidc:ada");
  BOOST_TEST(ask(token("viewer"), "GET", "/queues").status == 200);  // Millrace tokens still work
}

BOOST_AUTO_TEST_CASE(expired_foreign_and_forged_tokens_are_rejected) {
  BOOST_TEST(ask(issue({{"exp", now() - 1}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue({{"aud", "another"}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue({{"iss", "https://evil.example.org"}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue({{"millrace_role", "root"}}), "GET", "/queues").status == 401);
  BOOST_TEST(ask(issue(json::object(), signing_key::elliptic()), "GET", "/queues").status == 401);
  BOOST_TEST(ask(token_of(R"({"alg":"none"})", R"({"sub":"ada"})", elliptic_pair()), "GET", "/queues").status == 401);
}

BOOST_AUTO_TEST_CASE(forged_tokens_are_rate_limited_and_do_not_lock_out_new_tokens) {
  const auto forged = issue(json::object(), signing_key::elliptic());
  bool refused = false;
  for (int i = 0; i < 60 && !refused; ++i) refused = ask(forged, "GET", "/queues").status == 429;
  BOOST_TEST(refused);
  BOOST_TEST(ask(issue(json::object()), "GET", "/queues").status == 200);
}

BOOST_FIXTURE_TEST_CASE(keys_are_read_from_a_url_and_kept_while_the_provider_is_unavailable, trusting_scene) {
  const amqp::test::certificates made;
  const auto own = made.issue("provider", "IP:127.0.0.1");
  std::optional<monitoring::http_listener> provider;
  provider.emplace(
      monitoring::listener_options{.bind = "127.0.0.1:0", .tls = monitoring::read_tls_identity(own.certificate, own.key)},
      [](const monitoring::http_request& r) -> monitoring::http_response {
        return {r.path == "/keys" ? 200 : 404, "application/json", key_set()};
      },
      [](int status, std::string_view) -> monitoring::http_response {
        return {status, "", ""};
      });
  set("MILLRACE_API_OIDC_KEYS", "https://127.0.0.1:" + std::to_string(provider->port()) + "/keys");
  set("MILLRACE_API_OIDC_CA_FILE", made.ca_file());
  serve();
  BOOST_TEST(ask(issue(json::object()), "GET", "/queues").status == 200);
  BOOST_TEST(ask(issue(json::object(), signing_key::elliptic()), "GET", "/queues").status == 401);
  provider.reset();
  BOOST_TEST(ask(issue(json::object()), "GET", "/queues").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
