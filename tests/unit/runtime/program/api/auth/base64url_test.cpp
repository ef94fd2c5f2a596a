#include "runtime/program/api/auth/base64url.hpp"

#include "tests/unit/runtime/program/api/auth/signing_key.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace millrace::api;

BOOST_AUTO_TEST_SUITE(base64url)

BOOST_AUTO_TEST_CASE(every_byte_is_decoded_at_every_length) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    const auto back = from_base64url(test::to_base64url(bytes));
    BOOST_REQUIRE(back);
    BOOST_TEST((*back == bytes));
    bytes += static_cast<char>(i * 7);
  }
}

BOOST_AUTO_TEST_CASE(the_alphabet_is_the_url_safe_one) {
  BOOST_TEST((from_base64url("-_8") == "\xfb\xff"));
  BOOST_TEST((from_base64url("Zg") == "f"));
}

BOOST_DATA_TEST_CASE(bytes_have_one_spelling_only,
                     boost::unit_test::data::make({"+/8", "Zg=", "Zg==", "Z", "=", "====", "Zh", "Zm9vY", "Zm9vYh", "Zm8\n",
                                                   "Zm\n8", " Zm8", "Zm8 ", "Zm8.", "Zm9vYmFy=", "\xff\xff\xff\xff"}),
                     text) {
  BOOST_TEST(!from_base64url(text));
}

BOOST_AUTO_TEST_SUITE_END()
