#include "connectors/smtp/reply.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::smtp;

namespace {

/// What is wrong with what a server says; empty: nothing.
std::string complaint(const std::string& text) {
  reply_reader reader;
  reader.feed(text);
  for (;;) {
    const auto next = reader.next();
    if (!next) return next.error();
    if (!*next) return {};
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(smtp_replies)

BOOST_AUTO_TEST_CASE(replies_come_whole_and_in_order_however_they_arrive) {
  const std::string said = "250-first\r\n250 second\r\n354 go\r\n550\r\n";
  for (std::size_t step = 1; step <= said.size(); ++step) {
    reply_reader reader;
    std::vector<std::string> got;
    for (std::size_t at = 0; at < said.size(); at += step) {
      reader.feed(std::string_view{said}.substr(at, step));
      for (auto next = reader.next(); next && *next; next = reader.next())
        got.push_back(std::to_string((*next)->code) + "|" + (*next)->text);
    }
    BOOST_TEST(got == (std::vector<std::string>{"250|250 second", "354|354 go", "550|550"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_text_is_fit_to_be_shown) {
  reply_reader reader;
  reader.feed("550 no\x1b[31m \xc3\xbc" + std::string(1'000, 'x') + "\r\n");
  const auto got = reader.next();
  BOOST_REQUIRE((got && *got));
  BOOST_TEST((*got)->text.starts_with("550 no?[31m ??xxx"));
  BOOST_TEST((*got)->text.size() == 512U);
}

BOOST_AUTO_TEST_CASE(invalid_or_endless_replies_are_refused) {
  for (const char* said :
       {"HTTP/1.1 200 OK\r\n", "\r\n", "25\r\n", "150 early\r\n", "650 late\r\n", "2500 x\r\n", "25x no\r\n"})
    BOOST_TEST(complaint(said).starts_with("not a reply of SMTP"), said);
  BOOST_TEST(complaint("250 " + std::string(10'000, 'x')) == "the server's reply is too long");
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += "250-more\r\n";
  BOOST_TEST(complaint(lines) == "the server's reply is too long");
  BOOST_TEST(complaint("250-more\r\n250 do").empty());
}

BOOST_AUTO_TEST_SUITE_END()
