#include "tests/integration/connectors/http/http_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace millrace;
using namespace millrace::test;
using http::transfer_error;

namespace {

scripted_server::script must_not_be_reached() {
  return [](connection& c) { c.wait_closed(); };
}

// Spellings of this machine's address.
const char* const disguises[] = {"127.0.0.1",  "127.1",  "2130706433",         "0x7f000001",      "0177.0.0.1", "localhost",
                                 "LOCALHOST.", "[::1]",  "[::ffff:127.0.0.1]", "0.0.0.0",         "0",          "[::]",
                                 "127.0.0.1.", "0x7f.1", "127.000.0.1",        "[::ffff:7f00:1]", "a.localhost"};

}  // namespace

BOOST_AUTO_TEST_SUITE(address_guard)

BOOST_DATA_TEST_CASE(a_listener_of_this_machine_sees_no_connection_however_it_is_written,
                     boost::unit_test::data::make(disguises), host) {
  scripted_server server{must_not_be_reached()};
  auto options = http_fixture::local();
  options.allow_private_addresses = false;
  http_fixture f{options};
  http::request r;
  r.url = "http://" + std::string{host} + ":" + std::to_string(server.port()) + "/";
  const auto answer = f.get(r);
  BOOST_REQUIRE(!answer);
  // If the system cannot parse the text as an address, resolving fails. Nothing is sent in either case.
  BOOST_TEST((answer.error().error == transfer_error::forbidden_address || answer.error().error == transfer_error::resolve ||
              answer.error().error == transfer_error::bad_url));
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_loopback_address_is_reported_as_forbidden) {
  scripted_server server{must_not_be_reached()};
  auto options = http_fixture::local();
  options.allow_private_addresses = false;
  http_fixture f{options};
  const auto answer = f.get(request_to(server));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::forbidden_address));
}

BOOST_AUTO_TEST_CASE(http_is_refused_by_default_before_anything_is_resolved) {
  scripted_server server{must_not_be_reached()};
  http::client_options options;
  options.allow_private_addresses = true;
  http_fixture f{options};
  const auto answer = f.get(request_to(server));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::bad_url));
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(the_proxies_of_the_environment_are_ignored) {
  scripted_server proxy{must_not_be_reached()};
  scripted_server server{[](connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }};
  const std::string address = "http://" + proxy.address();
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    setenv(name, address.c_str(), 1);
  {
    http_fixture f;
    const auto answer = f.get(request_to(server));
    BOOST_CHECK(answer);
  }
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  BOOST_TEST(proxy.connections() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
