#include "connectors/postgres/dead_letter/error_fingerprint.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace::postgres;

BOOST_AUTO_TEST_SUITE(error_fingerprints)

BOOST_AUTO_TEST_CASE(the_fingerprint_omits_task_specific_parts) {
  const std::pair<const char*, const char*> cases[] = {
      {"failed 5 times, the last time: HTTP 503", "failed # times, the last time: http #"},
      {"account 0190a1b2-0000-7000-8000-000000000001 is closed", "account # is closed"},
      {"checksum deadBEEFcafe, not 0x1f", "checksum #, not #"},
      {"field 'to': is missing", "field ?: is missing"},
      {"key \"a b\" (`c`)", "key ? (?)"},
      {"no mailbox for ada@example.org.", "no mailbox for @."},
      {"POST https://example.org/hook?id=x: timed out", "post @=x: timed out"},
      {"cannot resolve sink.example.org: no such host", "cannot resolve @: no such host"},
      {"connect to [fe80::1]:8080, 10.0.0.7:80", "connect to [#]#, #"},
      {"at 2026-11-21T09:30:00Z", "at #"},
      {"  two\t\n spaces ", "two spaces"},
      {"", ""}};
  for (const auto& [error, normal] : cases) BOOST_TEST(normalised_error(error) == normal);
}

BOOST_AUTO_TEST_CASE(words_stay_and_an_apostrophe_opens_no_quotation) {
  BOOST_TEST(normalised_error("the handler didn't answer; it doesn't know") == "the handler didn't answer; it doesn't know");
  BOOST_TEST(normalised_error("an 'open quotation") == "an 'open quotation");
  BOOST_TEST(normalised_error("decade and facade") == "decade and facade");
}

BOOST_AUTO_TEST_CASE(the_same_failure_of_many_tasks_has_one_fingerprint) {
  const auto one = error_fingerprint("rejected", "550 5.1.1 <ada@example.org>: no mailbox 'ada'");
  BOOST_TEST(one == error_fingerprint("rejected", "550 5.1.1 <bob@example.net>: no mailbox 'bob'"));
  BOOST_TEST(one != error_fingerprint("rejected", "550 5.1.1 <ada@example.org>: mailbox full 'ada'"));
  BOOST_TEST(one != error_fingerprint("attempts_exhausted", "550 5.1.1 <ada@example.org>: no mailbox 'ada'"));
}

BOOST_AUTO_TEST_CASE(fingerprints_are_16_hex_digits_and_never_change) {
  // Rows store fingerprints, so a change here would split every group of failures in two.
  BOOST_TEST(error_fingerprint("rejected", "HTTP 410: 'gone'") == "d3b91b297aa93e25");
  BOOST_TEST(error_fingerprint("", "") == "af63c74c8601c8dd");
}

BOOST_AUTO_TEST_CASE(any_bytes_will_do) {
  for (int first = 0; first < 256; ++first)
    for (const char second : {'\'', ' ', '\0', '\xff', '9'}) {
      const std::string bytes{static_cast<char>(first), second, second};
      BOOST_TEST(error_fingerprint("rejected", bytes).size() == 16U);
    }
  BOOST_TEST(normalised_error(std::string(8'192, '\'')).size() == 4'096U);
}

BOOST_AUTO_TEST_SUITE_END()
