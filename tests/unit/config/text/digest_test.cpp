#include "config/text/digest.hpp"

#include "config/text/encoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::text;

BOOST_AUTO_TEST_SUITE(digests)

// FIPS 180-4 examples.
BOOST_AUTO_TEST_CASE(sha256_is_that_of_fips_180_4) {
  BOOST_TEST(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(parts_have_the_digest_of_the_whole) {
  sha256_stream stream;
  stream.update("a");
  stream.update("");
  stream.update("bc");
  BOOST_TEST((stream.finish() == sha256("abc")));
}

BOOST_AUTO_TEST_SUITE_END()
