#include "tests/integration/connectors/smtp/mail_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::test;

namespace {

smtp::failure failure_of(const mail_server& server, smtp::client_options options) {
  mail_fixture f{std::move(options)};
  const auto answer = f.get(mail_fixture::message());
  BOOST_REQUIRE(!answer);
  BOOST_TEST(!answer.error().message.empty());
  BOOST_TEST_MESSAGE(answer.error().message);
  BOOST_TEST(server.messages().empty());
  return answer.error();
}

smtp::failure failure_with(const char* word, const char* reply) {
  mail_server server{{.replies = {{word, reply}}}};
  mail_fixture f{mail_fixture::options_for(server)};
  const auto answer = f.get(mail_fixture::message());
  BOOST_REQUIRE(!answer);
  return answer.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_refusals)

BOOST_AUTO_TEST_CASE(a_5xx_about_the_message_is_permanent_and_a_4xx_is_not) {
  for (const char* word : {"MAIL", "RCPT", "DATA", "."}) {
    BOOST_TEST_CONTEXT(word) {
      const auto refused = failure_with(word, "550 5.1.1 no such user");
      BOOST_TEST(refused.permanent);
      BOOST_TEST(refused.reply_code == 550);
      BOOST_TEST(refused.message == "550 5.1.1 no such user");
      const auto later = failure_with(word, "450 4.2.0 greylisted");
      BOOST_TEST(!later.permanent);
      BOOST_TEST(later.reply_code == 450);
      BOOST_TEST(later.message == "450 4.2.0 greylisted");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_5xx_about_ourselves_is_not_permanent) {
  BOOST_TEST(!failure_with("greeting", "554 go away").permanent);
  BOOST_TEST(!failure_with("greeting", "421 too busy").permanent);
  BOOST_TEST(!failure_with("MAIL", "530 authentication required").permanent);
  mail_server server{{.replies = {{"AUTH", "535 bad credentials"}}}};
  auto options = mail_fixture::options_for(server);
  options.username = "user";
  options.password = secret{"hunter2"};
  const auto refused = failure_of(server, options);
  BOOST_TEST(!refused.permanent);
  BOOST_TEST(refused.reply_code == 535);
  BOOST_TEST(refused.message.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_refused_recipient_refuses_the_message) {
  mail_server server{{.replies = {{"RCPT", "550 no"}}}};
  mail_fixture f{mail_fixture::options_for(server)};
  auto m = mail_fixture::message();
  m.to = {"a@example.org", "b@example.org"};
  BOOST_TEST(!f.get(m).has_value());
  BOOST_TEST(server.messages().empty());
}

BOOST_AUTO_TEST_CASE(a_session_goes_on_after_a_refusal) {
  mail_server server{{.replies = {{"RCPT", "450 later"}}}};
  mail_fixture f{mail_fixture::options_for(server)};
  for (int i = 0; i < 3; ++i) BOOST_TEST(!f.get(mail_fixture::message()).has_value());
}

BOOST_AUTO_TEST_CASE(without_starttls_on_offer_nothing_is_sent_when_it_is_required) {
  mail_server server;
  auto options = mail_fixture::options_for(server);
  options.starttls = true;
  options.username = "user";
  options.password = secret{"password"};
  BOOST_TEST(!failure_of(server, options).permanent);
  const auto commands = server.commands();
  BOOST_TEST(std::none_of(commands.begin(), commands.end(),
                          [](const auto& c) { return c.starts_with("AUTH") || c.starts_with("MAIL"); }));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_not_trusted_ends_the_session) {
  mail_server server{{.starttls = true}};
  auto options = mail_fixture::options_for(server);
  options.starttls = true;
  BOOST_TEST(!failure_of(server, options).permanent);
  const auto commands = server.commands();
  BOOST_TEST(std::none_of(commands.begin(), commands.end(), [](const auto& c) { return c.starts_with("MAIL"); }));
}

BOOST_AUTO_TEST_CASE(a_server_that_falls_silent_is_a_timeout_and_not_permanent) {
  for (const char* word : {"EHLO", "RCPT", "."}) {
    BOOST_TEST_CONTEXT(word) {
      mail_server server{{.silent_at = word}};
      auto options = mail_fixture::options_for(server);
      options.timeout = std::chrono::milliseconds{300};
      const auto failed = failure_of(server, options);
      BOOST_TEST(!failed.permanent);
      BOOST_TEST(failed.reply_code == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_never_says_good_bye_does_not_hide_its_refusal) {
  mail_server server{{.replies = {{"RCPT", "550 no"}}, .silent_at = "QUIT"}};
  auto options = mail_fixture::options_for(server);
  options.timeout = std::chrono::milliseconds{300};
  const auto failed = failure_of(server, options);
  BOOST_TEST(failed.permanent);
  BOOST_TEST(failed.reply_code == 550);
}

BOOST_AUTO_TEST_CASE(a_connection_lost_after_the_body_is_worth_another_try) {
  mail_server server{{.drop_after_body = true}};
  BOOST_TEST(!failure_of(server, mail_fixture::options_for(server)).permanent);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_worth_another_try) {
  smtp::client_options options;
  {
    mail_server gone;
    options = mail_fixture::options_for(gone);
  }
  mail_fixture f{options};
  const auto answer = f.get(mail_fixture::message());
  BOOST_REQUIRE(!answer);
  BOOST_TEST(!answer.error().permanent);
}

BOOST_AUTO_TEST_CASE(destruction_answers_running_and_waiting_requests_once_each) {
  std::promise<void> reached;
  scripted_server hung{[&](connection& c) {
    c.write("220 test\r\n");
    c.read_until("\r\n");
    reached.set_value();
    c.wait_closed();
  }};
  smtp::client_options options;
  options.url = "smtp://" + hung.address();
  options.from = "a@example.org";
  options.starttls = false;
  options.connections = 1;
  mail_fixture f{options};
  auto running = f.send(mail_fixture::message());
  auto waiting = f.send(mail_fixture::message());
  reached.get_future().wait();
  f.stop();
  for (auto* a : {&running, &waiting}) {
    const auto answer = a->get();
    BOOST_REQUIRE(!answer);
    BOOST_TEST(!answer.error().permanent);
  }
}

BOOST_AUTO_TEST_CASE(too_many_waiting_messages_are_refused_temporarily) {
  mail_server server{{.silent_at = "EHLO"}};
  mail_fixture f{mail_fixture::options_for(server)};
  std::vector<std::future<mail_fixture::result>> answers;
  for (int i = 0; i < 1'100; ++i) answers.push_back(f.send(mail_fixture::message()));
  const auto last = answers.back().get();
  BOOST_REQUIRE(!last);
  BOOST_TEST(!last.error().permanent);
  BOOST_TEST(last.error().message == "too many messages are waiting");
}

BOOST_AUTO_TEST_SUITE_END()
