#include "connectors/smtp/message_check.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace millrace::smtp;

namespace {

message good() {
  message m;
  m.to = {"a@example.org"};
  m.subject = "Hi";
  m.text = "Hello";
  m.message_id = "id";
  return m;
}

std::optional<std::string> check(const std::function<void(message&)>& change, std::uint64_t max_bytes = 10'000) {
  auto m = good();
  change(m);
  return check_message(m, "Millrace <no-reply@example.org>", max_bytes);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_checks)

BOOST_AUTO_TEST_CASE(a_good_message_passes) {
  BOOST_TEST(!check([](message&) {}));
  BOOST_TEST(!check([](message& m) { m.headers = {{"Reply-To", "b@example.org"}, {"X-Entity-Ref-ID", "1"}}; }));
  BOOST_TEST(!check([](message& m) { m.attachments = {{"ä b.txt", "text/plain; charset=utf-8", "x"}}; }));
}

BOOST_AUTO_TEST_CASE(control_characters_are_refused_wherever_they_would_reach_a_header) {
  for (const std::string& evil :
       {std::string{"x\r\nBcc: v@example.org"}, std::string{"x\n"}, std::string{"x\r"}, std::string{"x\0y", 3}}) {
    BOOST_TEST(check([&](message& m) { m.subject = evil; }).has_value());
    BOOST_TEST(check([&](message& m) { m.to = {"a@example.org" + evil}; }).has_value());
    BOOST_TEST(check([&](message& m) { m.cc = {evil + " <a@example.org>"}; }).has_value());
    BOOST_TEST(check([&](message& m) { m.bcc = {"a@" + evil}; }).has_value());
    BOOST_TEST(check([&](message& m) { m.message_id = evil; }).has_value());
    BOOST_TEST(check([&](message& m) { m.headers = {{"X-A", evil}}; }).has_value());
    BOOST_TEST(check([&](message& m) { m.headers = {{evil, "x"}}; }).has_value());
    BOOST_TEST(check([&](message& m) { m.attachments = {{evil, "text/plain", "x"}}; }).has_value());
    BOOST_TEST(check([&](message& m) { m.attachments = {{"a", "text/plain" + evil, "x"}}; }).has_value());
    BOOST_TEST(check_message(good(), "a@example.org" + evil, 10'000).has_value());
  }
}

BOOST_AUTO_TEST_CASE(the_headers_of_the_client_cannot_be_set) {
  for (const char* name :
       {"From", "TO", "cc", "Bcc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Sender"})
    BOOST_TEST(check([&](message& m) { m.headers = {{name, "x"}}; }).has_value());
}

BOOST_AUTO_TEST_CASE(recipients_are_needed_and_bounded) {
  BOOST_TEST(check([](message& m) { m.to.clear(); }).has_value());
  BOOST_TEST(!check([](message& m) { m.to.assign(100, "a@example.org"); }));
  BOOST_TEST(check([](message& m) { m.to.assign(101, "a@example.org"); }).has_value());
}

BOOST_AUTO_TEST_CASE(a_text_is_needed) {
  BOOST_TEST(check([](message& m) { m.text.clear(); }).has_value());
  BOOST_TEST(!check([](message& m) { m.text.clear(), m.html = "<p>"; }));
}

BOOST_AUTO_TEST_CASE(attachments_count_as_base64) {
  message m;
  m.text = "abc";
  m.attachments = {{"a", "text/plain", std::string(57, 'x')}};
  BOOST_TEST(counted_bytes(m) == 3U + 76U + 2U);
  const auto big = [](message& x) { x.attachments = {{"a", "text/plain", std::string(750, 'x')}}; };
  BOOST_TEST(check(big, 1'000).has_value());
  BOOST_TEST(!check(big, 1'100));
}

BOOST_AUTO_TEST_CASE(attachments_have_plain_names_and_content_types) {
  for (const char* name : {"", "a/b", "..\\b"})
    BOOST_TEST(check([&](message& m) { m.attachments = {{name, "text/plain", "x"}}; }).has_value());
  for (const char* type : {"", "text", "/plain", "text/", "te xt/plain", "multipart/mixed", "message/rfc822", "text/plän"})
    BOOST_TEST(check([&](message& m) { m.attachments = {{"a", type, "x"}}; }).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
