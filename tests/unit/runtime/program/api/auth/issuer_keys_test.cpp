// Keys of an identity provider over TLS, during key rotation and while the provider is unavailable.
#include "runtime/program/api/auth/issuer_keys.hpp"

#include "monitoring/http_server/certificate.hpp"
#include "monitoring/http_server/server.hpp"
#include "runtime/program/api/auth/key_source.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/runtime/program/api/auth/issued.hpp"

#include <boost/test/unit_test.hpp>

#include <mutex>
#include <optional>

using namespace millrace;
using namespace millrace::supervision;
using namespace millrace::api;
using namespace millrace::api::test;
using namespace std::chrono_literals;

namespace {

constexpr key_source::time_point start{1'000'000s};

struct provider {
  const amqp::test::certificates made;
  const amqp::test::certificates::pair own = made.issue("provider", "IP:127.0.0.1");
  std::mutex mutex;
  std::string served;  // by kid
  std::optional<monitoring::http_listener> listener;
  event_loop loop;

  provider() {
    serve("k1");
    const monitoring::listener_options options{.bind = "127.0.0.1:0",
                                               .tls = monitoring::read_tls_identity(own.certificate, own.key)};
    listener.emplace(
        options, [this](const monitoring::http_request& r) { return answer(r); },
        [](int status, std::string_view) {
          return monitoring::http_response{status, "", ""};
        });
  }
  void serve(const char* id) {
    const std::lock_guard lock{mutex};
    served = document_of({elliptic_pair().jwk({{"kid", id}})});
  }
  monitoring::http_response answer(const monitoring::http_request& r) {
    const std::lock_guard lock{mutex};
    return {r.path == "/keys" ? 200 : 404, "application/json", served};
  }
  config::oidc_settings at(const std::string& path, const std::string& ca_file) const {
    config::oidc_settings out;
    out.keys = "https://127.0.0.1:" + std::to_string(listener->port()) + path;
    out.ca_file = ca_file;
    return out;
  }
};

bool holds(key_source& source, std::string_view id, key_source::time_point at) {
  const auto keys = source.keys(id, at);
  return keys && (*keys)->has(id);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(issuer_keys_over_tls, provider)

BOOST_AUTO_TEST_CASE(a_rotated_key_is_read_and_kept_while_the_provider_is_unavailable) {
  issuer_keys document{loop, at("/keys", made.ca_file())};
  key_source source{[&] { return document.read(); }};
  BOOST_TEST(holds(source, "k1", start));
  serve("k2");
  BOOST_TEST(!holds(source, "k2", start + key_source::min_interval - 1s));
  BOOST_TEST(holds(source, "k2", start + key_source::min_interval));
  listener.reset();
  BOOST_TEST(!document.read());
  BOOST_TEST(holds(source, "k2", start + 10 * key_source::lifetime));
  BOOST_TEST(!holds(source, "k3", start + 20 * key_source::lifetime));
  BOOST_TEST(holds(source, "k2", start + 30 * key_source::lifetime));
}

BOOST_AUTO_TEST_CASE(an_untrusted_provider_or_missing_document_is_an_error) {
  const amqp::test::certificates others;
  BOOST_TEST(!issuer_keys(loop, at("/keys", others.ca_file())).read());
  BOOST_TEST(!issuer_keys(loop, at("/keys", "")).read());
  const auto missing = issuer_keys(loop, at("/elsewhere", made.ca_file())).read();
  BOOST_REQUIRE(!missing);
  BOOST_TEST(missing.error().ends_with("/elsewhere returned status 404"), missing.error());
}

BOOST_AUTO_TEST_SUITE_END()
