#include "tests/integration/connectors/smtp/mail_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::test;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Value of CRLF-terminated `line` in the message.
bool has_line(const std::string& content, const std::string& line) {
  return contains("\r\n" + content, "\r\n" + line + "\r\n");
}

bool asked(const mail_server& server, const std::string& start) {
  const auto commands = server.commands();
  return std::any_of(commands.begin(), commands.end(), [&](const auto& c) { return c.starts_with(start); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_submission)

BOOST_AUTO_TEST_CASE(a_message_arrives_with_its_headers_and_the_reply_comes_back) {
  mail_server server;
  mail_fixture f{mail_fixture::options_for(server)};
  auto m = mail_fixture::message();
  m.to = {"Zoë <z@example.org>", "a@example.org"};
  m.cc = {"c@example.org"};
  m.bcc = {"Secret <b@example.org>"};
  m.subject = "Grüße";
  m.text = "one\ntwo\r\n.\nende ü";
  m.headers = {{"Reply-To", "r@example.org"}};
  const auto answer = f.get(m);
  BOOST_REQUIRE_MESSAGE(answer, answer.error().message);
  BOOST_TEST(answer->reply == "250 queued as 4711");

  BOOST_REQUIRE(server.messages().size() == 1U);
  const auto got = server.messages()[0];
  BOOST_TEST(asked(server, "MAIL FROM:<no-reply@example.org>"));
  for (const char* to : {"z", "a", "c", "b"}) BOOST_TEST(asked(server, "RCPT TO:<" + std::string{to} + "@example.org>"));
  BOOST_TEST(has_line(got.content, "From: Millrace <no-reply@example.org>"));
  BOOST_TEST(has_line(got.content, "To: =?UTF-8?B?Wm/Dqw==?= <z@example.org>,\r\n a@example.org"));
  BOOST_TEST(has_line(got.content, "Cc: c@example.org"));
  BOOST_TEST(has_line(got.content, "Subject:\r\n =?UTF-8?B?R3LDvMOfZQ==?="));
  BOOST_TEST(has_line(got.content, "Message-ID: <4711@example.org>"));
  BOOST_TEST(has_line(got.content, "Mime-Version: 1.0"));
  BOOST_TEST(has_line(got.content, "Reply-To: r@example.org"));
  BOOST_TEST(contains(got.content, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  BOOST_TEST(contains(got.content, "one\r\ntwo\r\n..\r\nende =C3=BC"));  // the dot is doubled on the wire
  BOOST_TEST(!contains(got.content, "Bcc"));
  BOOST_TEST(!contains(got.content, "b@example.org"));
}

BOOST_AUTO_TEST_CASE(text_html_and_attachments_are_nested_as_readers_expect) {
  mail_server server;
  mail_fixture f{mail_fixture::options_for(server)};
  auto m = mail_fixture::message();
  m.html = "<p>Hello</p>";
  m.attachments = {{"ä.bin", "application/pdf", std::string(200, '\0')}};
  BOOST_REQUIRE(f.get(m).has_value());
  const auto content = server.messages().at(0).content;
  const auto mixed = content.find("multipart/mixed"), alternative = content.find("multipart/alternative"),
             plain = content.find("text/plain"), html = content.find("text/html"), file = content.find("application/pdf");
  BOOST_TEST(mixed < alternative);
  BOOST_TEST(alternative < plain);
  BOOST_TEST(plain < html);
  BOOST_TEST(html < file);
  BOOST_TEST(file != std::string::npos);
  BOOST_TEST(contains(content, "Content-Disposition: attachment;\r\n filename*=UTF-8''%C3%A4.bin\r\n"));
  BOOST_TEST(contains(content, "Content-Transfer-Encoding: base64\r\n"));
  BOOST_TEST(contains(content, std::string(76, 'A') + "\r\n"));
}

BOOST_AUTO_TEST_CASE(a_connection_carries_many_messages) {
  mail_server server;
  mail_fixture f{mail_fixture::options_for(server)};
  for (int i = 0; i < 5; ++i) BOOST_REQUIRE(f.get(mail_fixture::message()).has_value());
  BOOST_TEST(server.connections() == 1);
  BOOST_TEST(server.messages().size() == 5U);
}

BOOST_AUTO_TEST_CASE(many_concurrent_requests_are_all_answered) {
  mail_server server;
  auto options = mail_fixture::options_for(server);
  options.connections = 4;
  mail_fixture f{options};
  std::vector<std::future<mail_fixture::result>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(f.send(mail_fixture::message()));
  for (auto& a : answers) BOOST_REQUIRE(a.get().has_value());
  BOOST_TEST(server.messages().size() == 100U);
  BOOST_TEST(server.connections() <= 4);
}

BOOST_AUTO_TEST_CASE(injected_headers_never_reach_the_server) {
  mail_server server;
  mail_fixture f{mail_fixture::options_for(server)};
  for (const char* evil : {"a@example.org\r\nBcc: v@example.org", "a@example.org>\r\nRCPT TO:<v@example.org"}) {
    auto m = mail_fixture::message();
    m.to = {evil};
    const auto answer = f.get(m);
    BOOST_REQUIRE(!answer);
    BOOST_TEST(answer.error().permanent);
    BOOST_TEST(answer.error().reply_code == 0);
  }
  auto m = mail_fixture::message();
  m.subject = "x\r\nBcc: v@example.org";
  BOOST_TEST(f.get(m).error().permanent);
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_message_over_the_limit_is_refused_permanently_before_connecting) {
  mail_server server;
  auto options = mail_fixture::options_for(server);
  options.max_message_bytes = 100;
  mail_fixture f{options};
  auto m = mail_fixture::message();
  m.text = std::string(200, 'x');
  const auto answer = f.get(m);
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().permanent);
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(starttls_secures_the_session_and_credentials_come_after_it) {
  mail_server server{{.starttls = true}};
  auto options = mail_fixture::options_for(server);
  options.starttls = true;
  options.ca_file = server.ca_file();
  options.username = "user";
  options.password = secret{"password"};
  mail_fixture f{options};
  const auto answer = f.get(mail_fixture::message());
  BOOST_REQUIRE_MESSAGE(answer, answer.error().message);
  const auto commands = server.commands();
  const auto at = [&](const char* start) {
    return std::find_if(commands.begin(), commands.end(), [&](const auto& c) { return c.starts_with(start); }) -
           commands.begin();
  };
  BOOST_TEST(at("STARTTLS") < at("AUTH PLAIN"));
  BOOST_TEST(at("AUTH PLAIN") < at("MAIL FROM:"));
  BOOST_TEST(server.messages().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
