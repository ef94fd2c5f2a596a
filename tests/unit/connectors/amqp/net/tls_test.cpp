#include "connectors/amqp/wire/method_id.hpp"
#include "tests/unit/connectors/amqp/broker_client.hpp"
#include "tests/unit/connectors/amqp/scripted_broker.hpp"

using namespace millrace::amqp;
using namespace millrace::amqp::test;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void serve_one_large_message(broker_side& side) {
  side.shake_hands();
  side.accept_publisher();
  side.deliver(side.accept_consumer(), 1, std::string(1'000'000, 'm'));
  side.wait_for_end();
}

struct tls_fixture {
  certificates ours;
  driven_loop loop;

  std::string first_down(const client_options& options) {
    broker_client client(loop, options);
    BOOST_REQUIRE(loop.run_until([&] { return !client.downs.empty(); }));
    BOOST_TEST(client.ups == 0);
    return client.downs[0];
  }
  client_options trusting(const scripted_broker& broker) const {
    auto options = broker.options();
    options.tls.ca_file = ours.ca_file();
    return options;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls, tls_fixture)

BOOST_AUTO_TEST_CASE(messages_come_through_when_the_certificate_is_right) {
  for (auto names : {"IP:127.0.0.1", "DNS:localhost"}) {
    scripted_broker broker(serve_one_large_message, scripted_broker::tls{ours.issue("server", names), ""});
    auto options = trusting(broker);
    if (names[0] == 'D') options.hosts[0].host = "localhost";
    broker_client client(loop, options);
    client.wait_up();
    kept_subscription kept;
    client->subscribe({"q", 1}, kept.events());
    BOOST_REQUIRE(loop.run_until([&] { return kept.deliveries.size() == 1; }));
    BOOST_TEST((kept.deliveries[0].message.body == std::string(1'000'000, 'm')));
    client.stop();
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_of_an_unknown_authority_is_refused) {
  certificates others;
  scripted_broker broker(serve_one_large_message, scripted_broker::tls{others.issue("server", "IP:127.0.0.1"), ""});
  auto why = first_down(trusting(broker));
  BOOST_TEST(contains(why, "certificate is not trusted: unable to get local issuer certificate"), why);
  why = first_down(broker.options());  // the system's authorities do not include it either
  BOOST_TEST(contains(why, "certificate is not trusted"), why);
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_is_refused) {
  scripted_broker broker(serve_one_large_message, scripted_broker::tls{ours.issue("server", "DNS:elsewhere.example"), ""});
  auto options = trusting(broker);
  auto why = first_down(options);
  BOOST_TEST(contains(why, "IP address mismatch"), why);
  options.hosts[0].host = "localhost";
  why = first_down(options);
  BOOST_TEST(contains(why, "hostname mismatch"), why);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  scripted_broker broker(serve_one_large_message, scripted_broker::tls{ours.issue("server", "IP:127.0.0.1", -1), ""});
  auto why = first_down(trusting(broker));
  BOOST_TEST(contains(why, "certificate has expired"), why);
}

BOOST_AUTO_TEST_CASE(a_client_certificate_is_accepted_where_one_is_required) {
  scripted_broker broker(serve_one_large_message,
                         scripted_broker::tls{ours.issue("server", "IP:127.0.0.1"), ours.ca_file()});
  auto options = trusting(broker);
  auto why = first_down(options);
  BOOST_TEST((contains(why, "certificate required") || contains(why, "demand a client certificate")), why);
  auto own = ours.issue("worker", "");
  options.tls.certificate_file = own.certificate;
  options.tls.key_file = own.key;
  broker_client client(loop, options);
  client.wait_up();
}

BOOST_AUTO_TEST_CASE(files_that_are_missing_or_do_not_fit_are_named) {
  scripted_broker broker(serve_one_large_message, scripted_broker::tls{ours.issue("server", "IP:127.0.0.1"), ""});
  auto options = trusting(broker);
  options.tls.ca_file = "/nowhere/ca.pem";
  BOOST_TEST(contains(first_down(options), "cannot read the CA file /nowhere/ca.pem"));
  options = trusting(broker);
  options.tls.certificate_file = "/nowhere/own.pem";
  BOOST_TEST(contains(first_down(options), "cannot read the certificate file /nowhere/own.pem"));
  auto one = ours.issue("one", ""), two = ours.issue("two", "");
  options.tls.certificate_file = one.certificate;
  options.tls.key_file = two.key;
  auto why = first_down(options);
  BOOST_TEST(contains(why, two.key), why);
}

BOOST_AUTO_TEST_CASE(a_plain_server_does_not_make_a_tls_handshake) {
  scripted_broker broker([](broker_side& side) { side.write("AMQP____"); });
  auto options = broker.options();
  options.hosts[0].tls = true;
  auto why = first_down(options);
  BOOST_TEST(contains(why, "TLS handshake failed"), why);
}

BOOST_AUTO_TEST_SUITE_END()
