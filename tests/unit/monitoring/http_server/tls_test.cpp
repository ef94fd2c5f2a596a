// The listener over TLS.
#include "monitoring/http_server/certificate.hpp"
#include "monitoring/http_server/server.hpp"
#include "monitoring/metrics/metrics.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/servers.hpp"
#include "tests/unit/monitoring/http_server/http_get.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>

using namespace millrace::monitoring;
using millrace::amqp::test::certificates;

namespace {

http_response no(int status, std::string_view why) { return {status, "text/plain", std::string{why}}; }

/// The response to a client that trusts `ca_file` and offers at most that TLS version, or "refused: " and the reason.
std::string ask_tls(std::uint16_t port, const std::string& ca_file, int version = TLS1_3_VERSION) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  SSL_CTX_set_security_level(context.get(), 0);  // otherwise the client would not offer old versions
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> wire{BIO_new_ssl_connect(context.get()), &BIO_free_all};
  BIO_set_conn_hostname(wire.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  ERR_clear_error();
  if (BIO_do_handshake(wire.get()) != 1) {
    const char* why = ERR_reason_error_string(ERR_get_error());
    return "refused: " + std::string{why ? why : "closed"};
  }
  const std::string request = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  BIO_write(wire.get(), request.data(), static_cast<int>(request.size()));
  std::string out;
  std::array<char, 4096> part{};
  for (int got = 0; (got = BIO_read(wire.get(), part.data(), part.size())) > 0;)
    out.append(part.data(), static_cast<std::size_t>(got));
  return out;
}

struct tls_listener {
  certificates made;
  certificates::pair own = made.issue("api", "IP:127.0.0.1");
  http_listener listener{{.bind = "127.0.0.1:0", .tls = read_tls_identity(own.certificate, own.key)},
                         [](const http_request& r) -> http_response {
                           return {200, "text/plain", "saw " + r.path};
                         },
                         no};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_over_tls, tls_listener)

BOOST_AUTO_TEST_CASE(a_client_that_trusts_the_authority_gets_a_response) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto reply = ask_tls(listener.port(), made.ca_file(), version);
    BOOST_TEST(reply.starts_with("HTTP/1.1 200 OK\r\n"), reply);
    BOOST_TEST(reply.ends_with("saw /x"), reply);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_trust_the_authority_refuses) {
  const certificates others;
  BOOST_TEST(ask_tls(listener.port(), others.ca_file()) == "refused: certificate verify failed");
}

// The server closes without a TLS alert; the same client succeeds in the first case.
BOOST_AUTO_TEST_CASE(old_versions_are_refused_by_the_server) {
  for (int version : {TLS1_VERSION, TLS1_1_VERSION})
    BOOST_TEST(ask_tls(listener.port(), made.ca_file(), version) == "refused: unexpected eof while reading");
}

BOOST_AUTO_TEST_CASE(the_listener_is_probed_over_tls) {
  metrics values;
  const http_listener probed{{.bind = "127.0.0.1:0",
                              .name = "api",
                              .tls = read_tls_identity(own.certificate, own.key),
                              .probe_interval = std::chrono::seconds{5},
                              .values = &values},
                             [](const http_request&) { return http_response{}; },
                             no};
  const auto shown = [&](const char* up) {
    return values.expose().find(std::string{"millrace_listener_up{listener=\"api\"} "} + up) != std::string::npos;
  };
  BOOST_TEST(millrace::test::wait_until([&] { return shown("0") || shown("1"); }));
  BOOST_TEST(shown("1"));
}

BOOST_AUTO_TEST_CASE(clear_text_gets_no_response) {
  const auto reply = raw_http(listener.port(), "GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(reply.find("HTTP/") == reply.npos);
  BOOST_TEST(reply.find("saw") == reply.npos);
}

BOOST_AUTO_TEST_CASE(an_unusable_certificate_is_named) {
  const auto other = made.issue("other", "");
  const auto trouble = [](const std::string& certificate, const std::string& key) {
    try {
      read_tls_identity(certificate, key);
    } catch (const std::runtime_error& e) {
      return std::string{e.what()};
    }
    return std::string{"none"};
  };
  BOOST_TEST(trouble(own.certificate, own.key) == "none");
  BOOST_TEST(trouble("", "") == "none");
  BOOST_TEST(trouble("/nowhere/a.pem", own.key) == "cannot read '/nowhere/a.pem': No such file or directory");
  BOOST_TEST(trouble(own.certificate, "/nowhere/a.key") == "cannot read '/nowhere/a.key': No such file or directory");
  BOOST_TEST(trouble(own.key, own.key).starts_with("no certificate in '" + own.key + "': "));
  BOOST_TEST(trouble(own.certificate, own.certificate).starts_with("no private key in '" + own.certificate + "': "));
  BOOST_TEST(trouble(own.certificate, other.key)
                 .starts_with("'" + own.certificate + "' and '" + other.key + "' do not belong together: "));
}

BOOST_AUTO_TEST_SUITE_END()
