#include "tests/integration/connectors/http/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace millrace;
using namespace millrace::test;
using http::transfer_error;

namespace {

/// A TLS server that records whether a request arrived.
class tls_server {
 public:
  explicit tls_server(const test_certificate& certificate)
      : server_{[this, &certificate](connection& c) {
          c.start_tls(certificate);
          c.read_request();
          request_seen_ = true;
          c.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          c.wait_closed();
        }} {}
  http::request request() const { return request_to(server_, "https"); }
  bool request_seen() const { return request_seen_; }

 private:
  std::atomic<bool> request_seen_{false};
  scripted_server server_;
};

http::client_options only_private(const std::string& ca_file = {}) {
  http::client_options o;
  o.allow_private_addresses = true;
  o.ca_file = ca_file;
  return o;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_tls)

BOOST_AUTO_TEST_CASE(a_trusted_certificate_for_the_name_is_accepted) {
  const test_certificate certificate;
  tls_server server{certificate};
  http_fixture f{only_private(certificate.file())};
  const auto answer = f.get(server.request());
  BOOST_REQUIRE_MESSAGE(answer, answer.error().message);
  BOOST_TEST(answer->body == "ok");
}

BOOST_AUTO_TEST_CASE(a_self_signed_certificate_is_refused_before_the_request_is_sent) {
  const test_certificate certificate;
  tls_server server{certificate};
  http_fixture f{only_private()};
  const auto answer = f.get(server.request());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::tls));
  BOOST_TEST(!server.request_seen());
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_refused) {
  const test_certificate certificate{"DNS:example.org"};
  tls_server server{certificate};
  http_fixture f{only_private(certificate.file())};
  const auto answer = f.get(server.request());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::tls));
  BOOST_TEST(!server.request_seen());
}

BOOST_AUTO_TEST_CASE(tls_below_1_2_is_refused) {
  const test_certificate certificate{"IP:127.0.0.1", TLS1_1_VERSION};
  tls_server server{certificate};
  http_fixture f{only_private(certificate.file())};
  const auto answer = f.get(server.request());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::tls));
  BOOST_TEST(!server.request_seen());
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_speak_tls_is_a_tls_failure) {
  scripted_server server{[](connection& c) { c.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
  http_fixture f{only_private()};
  const auto answer = f.get(request_to(server, "https"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::tls));
}

BOOST_AUTO_TEST_SUITE_END()
