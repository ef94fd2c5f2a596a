// The API over TLS.
#include "tests/integration/end_to_end/operators.hpp"
#include "tests/support/certificates.hpp"

#include <boost/test/unit_test.hpp>
#include <curl/curl.h>

using namespace millrace::test;
using millrace::amqp::test::certificates;

namespace {

struct tls_scene : operators_scene {
  const certificates made;
  const certificates::pair own = made.issue("api", "IP:127.0.0.1");

  tls_scene() {
    set("MILLRACE_API_BIND", "0.0.0.0:" + std::to_string(port()));
    use(own.certificate, own.key);
  }
  void use(const std::string& certificate, const std::string& key) {
    set("MILLRACE_API_TLS_CERTIFICATE_FILE", certificate);
    set("MILLRACE_API_TLS_KEY_FILE", key);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_tls, tls_scene)

BOOST_AUTO_TEST_CASE(with_a_certificate_the_api_accepts_tls_only) {
  serve();
  const auto viewer = token("viewer");
  BOOST_TEST(ask(viewer, "GET", "/queues").status == 0);  // without TLS
  ask_over_tls(made.ca_file());
  auto answer = ask(viewer, "GET", "/queues");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.headers["strict-transport-security"] == "max-age=31536000");
  BOOST_TEST(ask(viewer, "POST", "/queues/email/pause", {{"reason", "test"}}).status == 403);
  BOOST_TEST(ask("", "GET", "/queues").status == 401);

  ask_over_tls("");  // a client that trusts only the system's certificate authorities
  BOOST_TEST(ask(viewer, "GET", "/queues").status == 0);
  ask_over_tls(made.ca_file(), CURL_SSLVERSION_MAX_TLSv1_1);
  BOOST_TEST(ask(viewer, "GET", "/queues").status == 0);
  ask_over_tls(made.ca_file(), CURL_SSLVERSION_MAX_TLSv1_2);
  BOOST_TEST(ask(viewer, "GET", "/queues").status == 200);
}

BOOST_AUTO_TEST_CASE(an_unusable_certificate_prevents_the_start_and_is_named) {
  const auto other = made.issue("other", "").key;
  for (const auto& [certificate, key] : {std::pair{std::string{"/nowhere/api.pem"}, own.key}, {own.certificate, other}}) {
    use(certificate, key);
    start({});
    BOOST_TEST(!ready());
    BOOST_TEST(log().find(certificate) != std::string::npos, log());
  }
}

BOOST_AUTO_TEST_SUITE_END()
