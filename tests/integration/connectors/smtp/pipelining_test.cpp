#include "tests/integration/connectors/smtp/mail_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::test;

namespace {

smtp::client_options options_for(const scripted_server& server) {
  smtp::client_options o;
  o.url = "smtp://" + server.address();
  o.from = "a@example.org";
  o.starttls = false;
  o.connections = 1;
  return o;
}

void greet(connection& c, const std::string& extensions) {
  c.write("220 test ESMTP\r\n");
  c.read_until("\r\n");
  c.write(extensions);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_pipelining)

BOOST_AUTO_TEST_CASE(the_commands_are_pipelined_if_the_server_supports_it) {
  std::promise<std::string> content;
  scripted_server server{[&](connection& c) {
    greet(c, "250-test\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n");
    const auto commands = c.read_until("DATA\r\n");  // would never arrive if the client waited for a reply
    c.write("250 ok\r\n250 ok\r\n250-ok\r\n250 ok\r\n354 go\r\n");
    content.set_value(commands + c.read_until("\r\n.\r\n"));
    c.write("250 queued\r\n");
    c.wait_closed();
  }};
  mail_fixture f{options_for(server)};
  auto m = mail_fixture::message();
  m.to = {"b@example.org", "c@example.org"};
  const auto answer = f.get(m);
  BOOST_REQUIRE_MESSAGE(answer, answer.error().message);
  BOOST_TEST(answer->reply == "250 queued");
  const auto got = content.get_future().get();
  BOOST_TEST(got.starts_with("MAIL FROM:<a@example.org> SIZE="), got);
  BOOST_TEST(got.find("\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n") != got.npos, got);
}

BOOST_AUTO_TEST_CASE(no_mail_is_sent_if_one_of_two_recipients_is_refused_even_after_354) {
  std::promise<std::string> after;
  scripted_server server{[&](connection& c) {
    greet(c, "250-test\r\n250 PIPELINING\r\n");
    c.read_until("DATA\r\n");
    c.write("250 ok\r\n250 ok\r\n550 no such user\r\n354 go\r\n");
    std::string bytes;
    try {
      for (;;) bytes += c.read_exactly(1);
    } catch (const connection::closed&) {
      after.set_value(bytes);
      throw;
    }
  }};
  mail_fixture f{options_for(server)};
  auto m = mail_fixture::message();
  m.to = {"b@example.org", "c@example.org"};
  const auto answer = f.get(m);
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().permanent);
  BOOST_TEST(answer.error().message == "550 no such user");
  const auto rest = after.get_future().get();
  BOOST_TEST(rest.find("\r\n.\r\n") == rest.npos, rest);
  BOOST_TEST(rest.find("Hello") == rest.npos, rest);
}

BOOST_AUTO_TEST_CASE(extensions_offered_before_tls_do_not_count_after_it) {
  std::promise<std::string> next;
  const test_certificate certificate;
  scripted_server server{[&](connection& c) {
    greet(c, "250-test\r\n250-PIPELINING\r\n250 STARTTLS\r\n");
    c.read_until("\r\n");
    c.write("220 go\r\n");
    c.start_tls(certificate);
    c.read_until("\r\n");
    c.write("250 test\r\n");
    c.read_until("\r\n");
    c.write("550 no\r\n");
    next.set_value(c.read_until("\r\n"));
    c.wait_closed();
  }};
  auto options = options_for(server);
  options.starttls = true;
  options.ca_file = certificate.file();
  mail_fixture f{options};
  BOOST_TEST(!f.get(mail_fixture::message()));
  BOOST_TEST(next.get_future().get() == "QUIT\r\n");
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_server_has_closed_meanwhile_costs_no_message) {
  std::promise<void> gone;
  int turn = 0;
  scripted_server server{[&](connection& c) {
    const bool first = turn++ == 0;
    greet(c, "250 test\r\n");
    for (const char* answer : {"250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) {
      c.read_until("\r\n");
      c.write(answer);
    }
    c.read_until("\r\n.\r\n");
    c.write(first ? "250 queued\r\n421 closing, idle\r\n" : "250 queued again\r\n");
    if (first) c.read_until("QUIT");
    if (first) gone.set_value();
  }};
  mail_fixture f{options_for(server)};
  BOOST_REQUIRE(f.get(mail_fixture::message()));
  const auto second = f.get(mail_fixture::message());
  BOOST_REQUIRE_MESSAGE(second, second.error().message);
  BOOST_TEST(second->reply == "250 queued again");
  BOOST_TEST(server.connections() == 2);
  gone.get_future().wait();
}

BOOST_AUTO_TEST_SUITE_END()
