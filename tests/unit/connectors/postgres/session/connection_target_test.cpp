#include "connectors/postgres/session/connection_target.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::postgres;

namespace {
tl::expected<connection_target, failure> target(const char* url) { return read_target({.url = secret{url}}); }
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
}  // namespace

BOOST_AUTO_TEST_SUITE(target_of_a_url)

BOOST_AUTO_TEST_CASE(defaults_complete_the_url) {
  const auto found = target("postgresql://mill:s%20ecret@db.example:6432/books");
  BOOST_REQUIRE(found.has_value());
  for (const auto* part : {"connect_timeout='5'", "keepalives='1'", "tcp_user_timeout='30000'",
                           "application_name='millrace'", "client_encoding='UTF8'", "password='s ecret'", "dbname='books'"})
    BOOST_TEST(has(found->conninfo, part), part);
  BOOST_TEST(found->where == "db.example:6432, database books, user mill");
}

BOOST_AUTO_TEST_CASE(explicit_parts_of_the_url_are_kept) {
  const auto found =
      target("postgresql://a:1,b:2/books?connect_timeout=9&application_name=me&target_session_attrs=read-write");
  BOOST_REQUIRE(found.has_value());
  for (const auto* part :
       {"connect_timeout='9'", "application_name='me'", "host='a,b'", "port='1,2'", "target_session_attrs='read-write'"})
    BOOST_TEST(has(found->conninfo, part), part);
  BOOST_TEST(!has(found->conninfo, "connect_timeout='5'"));
}

BOOST_AUTO_TEST_CASE(hosts_are_counted) {
  for (const auto* url : {"postgresql://a/books", "postgresql:///books", "host=a dbname=books"})
    BOOST_TEST(target(url)->hosts == 1U);
  for (const auto* url :
       {"postgresql://a:1,b:2/books", "host=a,b", "hostaddr=10.0.0.1,10.0.0.2", "postgresql:///books?host=a,b"})
    BOOST_TEST(target(url)->hosts == 2U, url);
}

BOOST_AUTO_TEST_CASE(values_are_quoted_for_libpq) {
  const auto found = target("postgresql://u:it%27s%5C@h/d");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(has(found->conninfo, R"(password='it\'s\\')"));
}

BOOST_AUTO_TEST_CASE(a_url_that_cannot_be_read_stops_the_start_without_being_repeated) {
  for (const auto* url : {"postgresql://u:hunter2@[::1/d", "postgresql://u:hunter2@h/d?nonsense=1", "hunter2"}) {
    const auto found = target(url);
    BOOST_REQUIRE(!found.has_value());
    BOOST_TEST(to_string(found.error().kind) == "stop");
    BOOST_TEST(!has(found.error().message, "hunter2"));
  }
}

BOOST_AUTO_TEST_CASE(a_message_never_shows_the_password_and_is_bounded) {
  const auto found = target("postgresql://u:hunter2@h/d");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->redacted("hunter2 and hunter2\n") == "*** and ***");
  BOOST_TEST(found->redacted(std::string(10'000, 'x')).size() == 2'048U);
}

BOOST_AUTO_TEST_SUITE_END()
