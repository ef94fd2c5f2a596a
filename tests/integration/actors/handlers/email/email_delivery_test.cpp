#include "actors/handlers/email/email_handler.hpp"
#include "runtime/task/effect_context.hpp"
#include "tests/integration/connectors/smtp/mail_fixture.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace;
using namespace millrace::handlers;
using namespace millrace::test;

namespace {

outcome deliver(const mail_server& server, const nlohmann::json& more = nlohmann::json::object()) {
  mail_fixture f{mail_fixture::options_for(server)};
  effect_context context{{.mail = &f.client()}};
  email_handler handler{1'000'000};
  std::promise<outcome> ended;
  nlohmann::json payload{{"to", "a@example.org"}, {"subject", "Hi"}, {"text", "Hello"}};
  payload.update(more);
  const auto t = make_task("notification.email", payload.dump());
  handler.execute(t, context, completion{[&](outcome o) { ended.set_value(std::move(o)); }});
  return ended.get_future().get();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(email_delivery)

BOOST_AUTO_TEST_CASE(a_mail_arrives_under_the_id_of_its_task) {
  mail_server server;
  const auto o = deliver(server, {{"headers", {{"Reply-To", "Zoë <r@example.org>"}}}});
  BOOST_REQUIRE(std::holds_alternative<succeeded>(o));
  BOOST_TEST(std::get<succeeded>(o).result == R"({"reply":"250 queued as 4711"})");
  const auto content = server.messages().at(0).content;
  BOOST_TEST(content.find("Message-ID: <01890a5d-ac96-774b-bcce-b302099a8057@example.org>\r\n") != std::string::npos);
  BOOST_TEST(content.find("Reply-To: =?UTF-8?B?Wm/Dqw==?= <r@example.org>\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(greylisting_is_a_retry_and_an_unknown_user_is_dead) {
  mail_server grey{{.replies = {{"RCPT", "450 4.2.0 later"}}}};
  BOOST_TEST(std::holds_alternative<retry>(deliver(grey)));
  mail_server unknown{{.replies = {{"RCPT", "550 5.1.1 no such user"}}}};
  const auto o = deliver(unknown);
  BOOST_REQUIRE(std::holds_alternative<dead>(o));
  BOOST_TEST((std::get<dead>(o).reason == dead_reason::rejected));
  BOOST_TEST(std::get<dead>(o).error == "550 5.1.1 no such user");
}

BOOST_AUTO_TEST_CASE(an_attachment_of_an_unusable_kind_is_an_invalid_payload) {
  mail_server server;
  const auto o =
      deliver(server, {{"attachments", {{{"filename", "a"}, {"content_type", "multipart/mixed"}, {"content_base64", ""}}}}});
  BOOST_REQUIRE(std::holds_alternative<dead>(o));
  BOOST_TEST((std::get<dead>(o).reason == dead_reason::invalid_payload));
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
