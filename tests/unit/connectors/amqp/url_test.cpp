#include "connectors/amqp/options.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;

BOOST_AUTO_TEST_SUITE(urls)

BOOST_AUTO_TEST_CASE(all_parts_are_read) {
  auto e = parse_url("amqps://us%40er:p%3Aw%2F%25@broker.example:1234/a%2Fb").value();
  BOOST_TEST(e.tls);
  BOOST_TEST(e.user == "us@er");
  BOOST_TEST(e.password.reveal() == "p:w/%");
  BOOST_TEST(e.host == "broker.example");
  BOOST_TEST(e.port == 1234);
  BOOST_TEST(e.vhost == "a/b");
}

BOOST_AUTO_TEST_CASE(omitted_values_have_defaults) {
  auto e = parse_url("amqp://h").value();
  BOOST_TEST(e.user == "guest");
  BOOST_TEST(e.password.reveal() == "guest");
  BOOST_TEST(e.port == 5672);
  BOOST_TEST(e.vhost == "/");
  BOOST_TEST(parse_url("amqps://h").value().port == 5671);
  BOOST_TEST(parse_url("amqp://h/").value().vhost == "/");
  BOOST_TEST(parse_url("amqp://h//").value().vhost == "/");
  BOOST_TEST(parse_url("amqp://h/%2f").value().vhost == "/");
  BOOST_TEST(parse_url("amqp://u:@h").value().password.empty());
}

BOOST_AUTO_TEST_CASE(ipv6_hosts_are_in_brackets) {
  auto e = parse_url("amqp://u:p@[::1]:99/v").value();
  BOOST_TEST(e.host == "::1");
  BOOST_TEST(e.port == 99);
  BOOST_TEST(parse_url("amqp://[fe80::1]").value().port == 5672);
}

BOOST_AUTO_TEST_CASE(a_wrong_part_is_named_and_the_password_is_not_repeated) {
  std::pair<const char*, const char*> cases[] = {
      {"http://h", "amqp://"},
      {"", "amqp://"},
      {"amqp://", "host is missing"},
      {"amqp://u:sesame@", "host is missing"},
      {"amqp://u:sesame@:5672/", "host is missing"},
      {"amqp://u:sesame@h:0", "port"},
      {"amqp://u:sesame@h:65536", "port"},
      {"amqp://u:sesame@h:5672x", "port"},
      {"amqp://u:sesame@h:", "port"},
      {"amqp://u:sesame%4@h", "password"},
      {"amqp://u:sesame%zz@h", "password"},
      {"amqp://%:sesame@h", "user name"},
      {"amqp://u:sesame@h/a/b", "vhost"},
      {"amqp://u:sesame@h/%", "vhost"},
      {"amqp://u:sesame@h/%00", "vhost"},
      {"amqp://u:sesame@[::1", "'['"},
      {"amqp://u:sesame@[::1]x", "']'"},
      {"amqp://u:sesame@h/v?heartbeat=1", "parameters"},
  };
  for (auto [url, part] : cases) {
    auto made = parse_url(url);
    BOOST_REQUIRE_MESSAGE(!made.has_value(), url);
    BOOST_TEST(made.error().find(part) != std::string::npos, url << ": " << made.error());
    BOOST_TEST(made.error().find("sesame") == std::string::npos, made.error());
  }
  BOOST_TEST(!parse_url("amqp://h/" + std::string(256, 'v')).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
