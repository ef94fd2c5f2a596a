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

}  // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_DATA_TEST_CASE(these_are_addresses, data::make(good), text) { BOOST_TEST(valid_address(text)); }
BOOST_DATA_TEST_CASE(these_are_not, data::make(bad), text) { BOOST_TEST(!valid_address(text)); }

BOOST_AUTO_TEST_CASE(an_address_is_at_most_254_bytes_long) {
  std::string domain;
  for (int i = 0; i < 62; ++i) domain += "aaa.";
  BOOST_TEST(valid_address("a@" + domain + "org"));     // 253
  BOOST_TEST(!valid_address("abc@" + domain + "org"));  // 255
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
