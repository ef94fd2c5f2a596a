#include "connectors/smtp/address.hpp"

#include "connectors/smtp/client.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace millrace::smtp;
namespace data = boost::unit_test::data;

namespace {

const std::string long_label(64, 'a');
const std::vector<std::string> good{"a@example.org",
                                    "first.last+tag@sub.example.org",
                                    "no-reply@localhost",
                                    "a!#$%&'*+/=?^_`{|}~-b@x.io",
                                    "Name <a@example.org>",
                                    "<a@example.org>",
                                    "\"Doe, Jane\" <a@example.org>",
                                    "Zoë Müller <a@example.org>",
                                    "\"quo\\\"ted\" <a@example.org>",
                                    "Doe, Jane <jane@example.org>",
                                    "Doe; Jane <jane@example.org>",
                                    "\"lost@example.org, Bob\" <bob@example.org>",
                                    "\"a\\\" b@x.org, \\\"c\" <c@x.org>",
                                    "Bob (Sales) <bob@example.org>",
                                    "\"user..name\"@example.org",
                                    "\"user.\"@example.org",
                                    "\"a@b,c\"@example.org",
                                    "\"quo\\\"ted\"@example.org",
                                    "Name <\"user..name\"@example.org>",
                                    std::string(64, 'a') + "@example.org"};
const std::vector<std::string> bad{"",
                                   "a",
                                   "@example.org",
                                   "a@",
                                   "a@@b",
                                   "a@b@c",
                                   "a b@example.org",
                                   ".a@example.org",
                                   "a.@example.org",
                                   "a..b@example.org",
                                   "\"a b\"@example.org",
                                   "a@[127.0.0.1]",
                                   "a@-x.org",
                                   "a@x-.org",
                                   "a@x..org",
                                   "a@x.org.",
                                   "a@exa_mple.org",
                                   "ä@example.org",
                                   "a@exämple.org",
                                   "a@x.org, b@x.org",
                                   "a@x.org b@x.org",
                                   "a@x.org\r\nBcc: v@x.org",
                                   "a@x.org\n",
                                   std::string{"a@x.org\0", 8},
                                   "a@x.org\t",
                                   "Na\r\nme <a@x.org>",
                                   "Na\x7fme <a@x.org>",
                                   "Na\xc2\x85me <a@x.org>",
                                   "Na\xe2\x80\xa8me <a@x.org>",
                                   "Na\xffme <a@x.org>",
                                   "Na\xc0\x80me <a@x.org>",
                                   "a <b> <a@x.org>",
                                   "a <a@x.org",
                                   "a a@x.org>",
                                   "\"a <a@x.org>",
                                   "a\"b <a@x.org>",
                                   "\"a\\\" <a@x.org>",
                                   "x <>",
                                   "<a@x.org>>",
                                   long_label + "a@example.org",
                                   "a@" + long_label + ".org",
                                   std::string(257, 'n') + " <a@x.org>"};

// More than one address, or something beside one: accepting it would drop a recipient or let a command through.
const std::vector<std::string> more_than_one{"lost@x.org, Bob <b@x.org>",
                                             "lost@x.org; Bob <b@x.org>",
                                             "lost@x.org Bob <b@x.org>",
                                             "lost@x.org,<b@x.org>",
                                             "Bob <b@x.org>, lost@x.org",
                                             "Bob <b@x.org>; lost@x.org",
                                             "Bob <b@x.org>,",
                                             "Bob <b@x.org>;",
                                             "Bob <b@x.org> lost",
                                             "Bob <b@x.org>, Eve <lost@x.org>",
                                             "Bob <b@x.org> <lost@x.org>",
                                             "<b@x.org> <lost@x.org>",
                                             "<b@x.org><lost@x.org>",
                                             "\"Bob\" <b@x.org>, \"Eve\" <lost@x.org>",
                                             "\"Bob\" lost@x.org <b@x.org>",
                                             "\"Bob\" lost@x.org, \"Eve\" <e@x.org>",
                                             "\"lost\"@x.org, Bob <b@x.org>",
                                             "\"lost\"@x.org, \"Bob\" <b@x.org>",
                                             "\"lost\"@x.org, \"b\"@x.org",
                                             "\"lost@x.org, Bob <b@x.org>",
                                             "\"a\"b\"@x.org",
                                             "Team: lost@x.org, Bob <b@x.org>",
                                             "Team: lost@x.org, b@x.org;",
                                             "Team: Bob <b@x.org>;",
                                             "Bob (lost@x.org) <b@x.org>",
                                             "(comment) b@x.org",
                                             "b@x.org (Bob)",
                                             "b(comment)@x.org",
                                             "<@relay.org:b@x.org>",
                                             "lost@\xc3\xa4.org, Bob <b@x.org>",
                                             "l\xc3\xb6st@x.org, Bob <b@x.org>",
                                             "lost\xef\xbc\xa0x.org, Bob <b@x.org>",
                                             "lost\xef\xb9\xabx.org, Bob <b@x.org>",
                                             "lost@x.org\xef\xbc\x8c Bob <b@x.org>",
                                             "lost@x.org\tBob <b@x.org>",
                                             "lost@x.org,\r\n Bob <b@x.org>",
                                             "lost@x.org\nBob <b@x.org>",
                                             "\"lost@x.org\r\nBcc: v@x.org\" <b@x.org>",
                                             "\"a\r\nRCPT TO:<v@x.org>\"@x.org",
                                             "\"a> NOTIFY=NEVER\"@x.org",
                                             "\"\"@x.org",
                                             "\"a\\\"@x.org",
                                             "\"\xc3\xa4\"@x.org",
                                             "a@192.0.2.1",
                                             "a@x.1",
                                             "a@x.org ",
                                             " a@x.org",
                                             "Bob <b@x.org> ",
                                             "Bob < b@x.org>"};

}  // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_DATA_TEST_CASE(these_are_addresses, data::make(good), text) { BOOST_TEST(valid_address(text)); }
BOOST_DATA_TEST_CASE(these_are_not, data::make(bad), text) { BOOST_TEST(!valid_address(text)); }
BOOST_DATA_TEST_CASE(nothing_beside_one_address_is_accepted, data::make(more_than_one), text) {
  BOOST_TEST(!valid_address(text));
}

BOOST_AUTO_TEST_CASE(an_address_is_at_most_254_bytes_long) {
  std::string domain;
  for (int i = 0; i < 62; ++i) domain += "aaa.";
  BOOST_TEST(valid_address("a@" + domain + "org"));     // 253
  BOOST_TEST(!valid_address("abc@" + domain + "org"));  // 255
}

BOOST_AUTO_TEST_CASE(a_quoted_local_part_is_kept_as_written) {
  const auto m = parse_address("Bob <\"a@b..c\"@example.org>");
  BOOST_REQUIRE(m);
  BOOST_TEST(m->name == "Bob");
  BOOST_TEST(m->address == "\"a@b..c\"@example.org");
  BOOST_TEST(domain_of(m->address) == "example.org");
}

BOOST_AUTO_TEST_CASE(the_parts_are_taken_apart) {
  const auto m = parse_address("\"Doe, \\\"J\\\" Jane\" <jane@example.org>");
  BOOST_REQUIRE(m);
  BOOST_TEST(m->name == "Doe, \"J\" Jane");
  BOOST_TEST(m->address == "jane@example.org");
  BOOST_TEST(domain_of(m->address) == "example.org");
}

BOOST_AUTO_TEST_CASE(a_name_is_written_plain_quoted_or_encoded) {
  BOOST_TEST(to_header({"", "a@x.org"}) == "a@x.org");
  BOOST_TEST(to_header({"Jane Doe", "a@x.org"}) == "Jane Doe <a@x.org>");
  BOOST_TEST(to_header({"Doe, \"J\"", "a@x.org"}) == "\"Doe, \\\"J\\\"\" <a@x.org>");
  BOOST_TEST(to_header({"Zoë", "a@x.org"}) == "=?UTF-8?B?Wm/Dqw==?= <a@x.org>");
  BOOST_TEST(to_header({"=?UTF-8?B?QQ==?=", "a@x.org"}).starts_with("=?UTF-8?B?PT9VVEYt"));
}

BOOST_AUTO_TEST_SUITE_END()
