#include "actors/handlers/email/email_handler.hpp"

#include "actors/handlers/email/email_message.hpp"
#include "config/text/encoding.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace;
using namespace millrace::handlers;
using namespace millrace::test;
using nlohmann::json;

namespace {

constexpr std::uint64_t limit = 10'000;

json minimal() { return {{"to", "a@example.org"}, {"subject", "Hi"}, {"text", "Hello"}}; }

task mail(const json& payload) { return make_task("notification.email", payload.dump()); }

/// The payload with one member added or replaced.
json with(const char* name, json value) {
  auto p = minimal();
  p[name] = std::move(value);
  return p;
}

json attachment(const char* name, json value) {
  json a{{"filename", "a.txt"}, {"content_type", "text/plain"}, {"content_base64", "Zm9v"}};
  a[name] = std::move(value);
  return with("attachments", json::array({a}));
}

std::vector<json> bad_payloads() {
  return {
      json::array(),
      json{{"subject", "x"}, {"text", "x"}},
      with("to", nullptr),
      with("to", json::array()),
      with("to", 5),
      with("to", "not an address"),
      with("to", "a@x.org\r\nBcc: v@x.org"),
      with("to", {"a@x.org", "b"}),
      with("to", {1}),
      with("to", json(51, "a@x.org")),
      with("cc", json(50, "a@x.org")),
      with("bcc", "a@x.org, b@x.org"),
      with("subject", nullptr),
      with("subject", "a\r\nBcc: v@x.org"),
      with("subject", "a\nb"),
      with("subject", std::string(999, 'a')),
      with("text", ""),
      with("text", std::string(1024 * 1024 + 1, 'a')),
      with("html", 5),
      with("from", "ceo@example.org"),
      with("unknown", 1),
      with("headers", "x"),
      with("headers", {{"Bcc", "v@x.org"}}),
      with("headers", {{"From", "v@x.org"}}),
      with("headers", {{"X-Anything", "v"}}),
      with("headers", {{"Reply-To", "nobody"}}),
      with("headers", {{"References", 1}}),
      with("headers", {{"References", "<a@b>\r\nBcc: v@x.org"}}),
      with("headers", {{"Importance", "höch"}}),
      with("headers", {{"Importance", ""}}),
      with("headers", {{"Importance\r\nBcc", "v@x.org"}}),
      with("attachments", "x"),
      with("attachments", json(21, json::object())),
      with("attachments", {1}),
      attachment("filename", ""),
      attachment("filename", "../../etc/passwd"),
      attachment("filename", "a\r\nb"),
      attachment("content_base64", "Zg"),
      attachment("content_base64", nullptr),
      attachment("more", 1),
      attachment("content_base64", text::to_base64(std::string(limit, 'x'))),
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(email_handlers)

BOOST_AUTO_TEST_CASE(a_minimal_payload_becomes_a_message_with_the_task_id) {
  const auto m = read_email(mail(minimal()), limit);
  BOOST_REQUIRE_MESSAGE(m, m.error());
  BOOST_TEST(m->from.empty());
  BOOST_TEST(m->to.size() == 1U);
  BOOST_TEST(m->to[0] == "a@example.org");
  BOOST_TEST(m->subject == "Hi");
  BOOST_TEST(m->text == "Hello");
  BOOST_TEST(m->message_id == "01890a5d-ac96-774b-bcce-b302099a8057");
}

BOOST_AUTO_TEST_CASE(every_field_reaches_the_message) {
  const json payload{{"to", {"a@example.org", "Zoë <z@example.org>"}},
                     {"cc", "c@example.org"},
                     {"bcc", {"d@example.org"}},
                     {"subject", "Grüße"},
                     {"text", "t"},
                     {"html", "<p>h</p>"},
                     {"headers", {{"Reply-To", "Zoë <r@example.org>"}, {"List-Unsubscribe", "<https://example.org/u>"}}},
                     {"attachments",
                      {{{"filename", "ä.pdf"}, {"content_type", "application/pdf"}, {"content_base64", "AAEC"}},
                       {{"filename", "b"}, {"content_base64", ""}}}}};
  const auto m = read_email(mail(payload), limit);
  BOOST_REQUIRE_MESSAGE(m, m.error());
  BOOST_TEST(m->to.size() == 2U);
  BOOST_TEST(m->cc.size() == 1U);
  BOOST_TEST(m->bcc.size() == 1U);
  BOOST_TEST(m->html == "<p>h</p>");
  BOOST_REQUIRE(m->attachments.size() == 2U);
  BOOST_TEST(m->attachments[0].filename == "ä.pdf");
  BOOST_TEST((m->attachments[0].content == std::string{"\0\1\2", 3}));
  BOOST_TEST(m->attachments[1].content_type == "application/octet-stream");
  BOOST_REQUIRE(m->headers.size() == 2U);
  BOOST_TEST(m->headers[1].first == "Reply-To");
  BOOST_TEST(m->headers[1].second == "=?UTF-8?B?Wm/Dqw==?= <r@example.org>");
}

BOOST_AUTO_TEST_CASE(header_names_are_allowed_in_any_case) {
  BOOST_TEST(read_email(mail(with("headers", {{"x-entity-REF-id", "1"}})), limit).has_value());
}

BOOST_AUTO_TEST_CASE(a_bad_payload_is_dead_and_nothing_is_sent) {
  int number = 0;
  for (const auto& payload : bad_payloads()) {
    BOOST_TEST_CONTEXT("payload " << number++ << ": " << payload.dump().substr(0, 120)) {
      effect_bench bench;
      email_handler handler{limit};
      const auto o = bench.run(handler, mail(payload));
      BOOST_REQUIRE(o);
      BOOST_REQUIRE(std::holds_alternative<dead>(*o));
      BOOST_TEST((std::get<dead>(*o).reason == dead_reason::invalid_payload));
      BOOST_TEST(!std::get<dead>(*o).error.empty());
      BOOST_TEST(bench.mail.requests.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(several_addresses_in_one_text_are_dead_and_nobody_is_dropped) {
  for (const char* text : {"lost@example.org, Bob <bob@example.org>", "lost@example.org; Bob <bob@example.org>",
                           "Team: lost@example.org, Bob <bob@example.org>", "Bob (lost@example.org) <bob@example.org>",
                           "lost@example.org Bob <bob@example.org>", "lost\xef\xbc\xa0x.org, Bob <bob@example.org>"}) {
    auto reply_to = with("headers", {{"Reply-To", text}});
    for (const auto& payload : {with("to", text), with("to", {"a@example.org", text}), with("cc", text), with("bcc", text),
                                with("cc", {text}), with("bcc", {text}), reply_to}) {
      BOOST_TEST_CONTEXT(payload.dump()) {
        effect_bench bench;
        email_handler handler{limit};
        const auto o = bench.run(handler, mail(payload));
        BOOST_REQUIRE(o);
        BOOST_REQUIRE(std::holds_alternative<dead>(*o));
        BOOST_TEST((std::get<dead>(*o).reason == dead_reason::invalid_payload));
        BOOST_TEST(bench.mail.requests.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_comma_in_a_name_is_no_separator) {
  const auto m = read_email(mail(with("to", "Doe, Jane <jane@example.org>")), limit);
  BOOST_REQUIRE_MESSAGE(m, m.error());
  BOOST_TEST(m->to.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_error_names_the_field_the_entry_and_the_reason) {
  const auto error = [](const json& payload) { return read_email(mail(payload), limit).error(); };
  BOOST_TEST(error(with("to", "l@x.org, B <b@x.org>")) ==
             "field 'to': has more than one address in one text, or an '@' in an unquoted name");
  BOOST_TEST(error(with("cc", {"a@x.org", "nobody"})) == "field 'cc': entry 2: is not a mail address");
  BOOST_TEST(error(with("to", "a@x.org ")) == "field 'to': has a blank before or after the address");
  BOOST_TEST(error(with("to", "a@[192.0.2.1]")) == "field 'to': has an address literal, which is not supported");
  BOOST_TEST(error(with("to", "a@192.0.2.1")) == "field 'to': has a domain that ends with a number");
  BOOST_TEST(error(with("headers", {{"Reply-To", "l@x.org; B <b@x.org>"}})) ==
             "field 'headers': Reply-To has more than one address in one text, or an '@' in an unquoted name");
}

BOOST_AUTO_TEST_CASE(an_accepted_mail_keeps_the_reply_of_the_server) {
  effect_bench bench;
  bench.mail.answers.emplace_back(smtp::receipt{"250 queued \"4711\""});
  email_handler handler{limit};
  const auto o = bench.run(handler, mail(minimal()));
  BOOST_REQUIRE(o);
  BOOST_REQUIRE(std::holds_alternative<succeeded>(*o));
  BOOST_TEST(std::get<succeeded>(*o).result == R"({"reply":"250 queued \"4711\""})");
}

BOOST_AUTO_TEST_CASE(a_temporary_refusal_is_a_retry_and_a_permanent_one_is_dead) {
  const auto waits = email_outcome(tl::unexpected(smtp::failure{false, 0, "not sent", std::chrono::seconds{7}}));
  BOOST_TEST((std::get<snooze>(waits).after == std::chrono::seconds{7}));  // no attempt
  const auto end = [](smtp::failure f) { return email_outcome(tl::unexpected(std::move(f))); };
  const auto later = end({false, 450, "450 greylisted"});
  BOOST_REQUIRE(std::holds_alternative<retry>(later));
  BOOST_TEST(std::get<retry>(later).error == "450 greylisted");
  BOOST_TEST(std::holds_alternative<retry>(end({false, 0, "timeout"})));
  BOOST_TEST((std::get<dead>(end({true, 550, "550 no such user"})).reason == dead_reason::rejected));
  BOOST_TEST((std::get<dead>(end({true, 0, "too large"})).reason == dead_reason::invalid_payload));
}

BOOST_AUTO_TEST_CASE(each_relay_reply_is_reported_by_its_code_and_a_missing_one_as_0) {
  effect_bench bench;
  bench.mail.answers.emplace_back(smtp::receipt{"250 queued"});
  bench.mail.answers.emplace_back(tl::unexpected(smtp::failure{false, 450, "450 greylisted"}));
  bench.mail.answers.emplace_back(tl::unexpected(smtp::failure{false, 0, "timeout"}));
  email_handler handler{limit};
  for (int i = 0; i < 3; ++i) bench.run(handler, mail(minimal()));
  BOOST_TEST((bench.answered == std::vector<long>{250, 450, 0}));
}

BOOST_AUTO_TEST_CASE(a_client_that_forgets_the_message_leaves_a_retry) {
  effect_bench bench;
  email_handler handler{limit};
  BOOST_TEST(!bench.run(handler, mail(minimal())).has_value());
  bench.mail.unanswered.clear();
  BOOST_REQUIRE(bench.outcomes.size() == 1U);
  BOOST_TEST(std::holds_alternative<retry>(bench.outcomes[0]));
}

BOOST_AUTO_TEST_SUITE_END()
