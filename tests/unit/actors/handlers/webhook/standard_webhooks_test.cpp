#include "actors/handlers/webhook/standard_webhooks.hpp"

#include "config/text/encoding.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace millrace;
using namespace millrace::config;
using standard_webhooks::key;

BOOST_AUTO_TEST_SUITE(webhook_signatures)

BOOST_AUTO_TEST_CASE(the_signature_is_that_of_the_reference_libraries) {
  const key k{secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  BOOST_TEST(k.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

BOOST_AUTO_TEST_CASE(a_key_has_24_to_64_bytes) {
  for (const std::size_t bytes : {24U, 32U, 64U})
    BOOST_CHECK_NO_THROW(key{secret{"whsec_" + text::to_base64(std::string(bytes, 'k'))}});
  for (const std::size_t bytes : {0U, 23U, 65U})
    BOOST_CHECK_THROW(key{secret{"whsec_" + text::to_base64(std::string(bytes, 'k'))}}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_key_is_refused_without_being_repeated) {
  for (const char* text : {"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                           "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", "whsec_"}) {
    BOOST_CHECK_EXCEPTION(key{secret{text}}, std::invalid_argument, [](const std::invalid_argument& e) {
      const std::string what = e.what();
      return what.find("signing secret") != std::string::npos && what.find("MfKQ") == std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
