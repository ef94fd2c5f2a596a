#include "config/text/encoding.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace::text;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(encoding)

BOOST_AUTO_TEST_CASE(base64_reads_back_every_byte_at_every_length) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    const auto back = from_base64(to_base64(bytes));
    BOOST_REQUIRE(back);
    BOOST_TEST((*back == bytes));
    bytes += static_cast<char>(i * 7);
  }
}

BOOST_AUTO_TEST_CASE(base64_is_that_of_rfc_4648) {
  BOOST_TEST(to_base64("") == "");
  BOOST_TEST(to_base64("f") == "Zg==");
  BOOST_TEST(to_base64("fo") == "Zm8=");
  BOOST_TEST(to_base64("foobar") == "Zm9vYmFy");
  BOOST_TEST(to_base64("\xfb\xff") == "+/8=");
}

BOOST_DATA_TEST_CASE(base64_has_one_spelling_only,
                     boost::unit_test::data::make({"Zg", "Zg=", "Zg===", "Z", "=", "====", "Zh==", "Zm9=", "Zm8=\n",
                                                   "Zm\n8=", " Zm8=", "Zm-_", "Zg==Zg==", "Z=g=", "\xff\xff\xff\xff"}),
                     text) {
  BOOST_TEST(!from_base64(text));
}

BOOST_AUTO_TEST_CASE(base64url_reads_back_every_byte_at_every_length) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    const auto back = from_base64url(to_base64url(bytes));
    BOOST_REQUIRE(back);
    BOOST_TEST((*back == bytes));
    bytes += static_cast<char>(i * 7);
  }
}

BOOST_AUTO_TEST_CASE(base64url_has_the_alphabet_of_urls_and_no_padding) {
  BOOST_TEST(to_base64url("\xfb\xff") == "-_8");
  BOOST_TEST((from_base64url("-_8") == "\xfb\xff"));
  BOOST_TEST((from_base64url("Zg") == "f"));
}

BOOST_DATA_TEST_CASE(base64url_has_one_spelling_only,
                     boost::unit_test::data::make({"+/8", "Zg=", "Zg==", "Z", "=", "====", "Zh", "Zm9vY", "Zm9vYh", "Zm8\n",
                                                   "Zm\n8", " Zm8", "Zm8 ", "Zm8.", "Zm9vYmFy=", "\xff\xff\xff\xff"}),
                     text) {
  BOOST_TEST(!from_base64url(text));
}

BOOST_AUTO_TEST_CASE(hex_is_written_in_lower_case_and_read_in_both) {
  BOOST_TEST(to_hex("\x00\x9f\xff"s) == "009fff");
  BOOST_TEST((from_hex("009fFF") == "\x00\x9f\xff"s));
  BOOST_TEST((from_hex("") == ""));
  for (const char* bad : {"0", "0g", "g0", "+1", "0 ", "0x00"}) BOOST_TEST(!from_hex(bad));
}

BOOST_AUTO_TEST_CASE(percent_encoding_keeps_unreserved_characters_and_reads_back) {
  BOOST_TEST(percent_encoded("aZ09-._~ /+\xc3\xbc") == "aZ09-._~%20%2F%2B%C3%BC");
  BOOST_TEST((percent_decoded("aZ09-._~%20%2f%2B%C3%BC") == "aZ09-._~ /+\xc3\xbc"));
}

BOOST_AUTO_TEST_CASE(a_plus_is_a_space_only_in_queries) {
  BOOST_TEST((percent_decoded("%41+") == "A+"));
  BOOST_TEST((percent_decoded("%41+%2B", true) == "A +"));
}

BOOST_AUTO_TEST_CASE(half_an_escape_is_malformed) {
  for (const char* bad : {"%", "%4", "a%4", "%4g", "%-1", "%%41"}) BOOST_TEST(!percent_decoded(bad));
}

BOOST_AUTO_TEST_SUITE_END()
