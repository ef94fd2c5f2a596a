#include "runtime/program/api/auth/public_key.hpp"

#include "config/text/encoding.hpp"
#include "tests/support/signing_key.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>

#include <string>

using namespace millrace;
using namespace millrace::api;
using namespace millrace::api::test;
using namespace std::string_literals;

namespace {

std::string bytes(std::string_view text) { return text::from_base64url(text).value(); }

// Keys and signatures from RFC 7515, appendices A.2 and A.3.
const std::string rfc_claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string rsa_modulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"
    "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
    "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const std::string rsa_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
    "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e"
    "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string elliptic_x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const std::string elliptic_y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const std::string elliptic_signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

public_key rsa_example() { return public_key::rsa(bytes(rsa_modulus), bytes("AQAB")).value(); }
public_key elliptic_example() { return public_key::p256(bytes(elliptic_x), bytes(elliptic_y)).value(); }

const std::string rs256_text = "eyJhbGciOiJSUzI1NiJ9." + rfc_claims;
const std::string es256_text = "eyJhbGciOiJFUzI1NiJ9." + rfc_claims;

std::string with_flipped_bit(std::string text, std::size_t at) {
  text.at(at) = static_cast<char>(text.at(at) ^ 1);
  return text;
}

std::string rsa_refusal(const std::string& modulus, const std::string& exponent) {
  const auto made = public_key::rsa(modulus, exponent);
  return made ? "accepted" : made.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(public_keys)

BOOST_AUTO_TEST_CASE(the_signatures_of_rfc_7515_are_accepted) {
  BOOST_TEST(rsa_example().verifies(rs256_text, bytes(rsa_signature)));
  BOOST_TEST(elliptic_example().verifies(es256_text, bytes(elliptic_signature)));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_is_rejected) {
  for (const std::size_t at : {0U, 31U, 32U, 63U})
    BOOST_TEST(!elliptic_example().verifies(es256_text, with_flipped_bit(bytes(elliptic_signature), at)));
  for (const std::size_t at : {0U, 128U, 255U})
    BOOST_TEST(!rsa_example().verifies(rs256_text, with_flipped_bit(bytes(rsa_signature), at)));
  BOOST_TEST(!elliptic_example().verifies(with_flipped_bit(es256_text, 5), bytes(elliptic_signature)));
  BOOST_TEST(!rsa_example().verifies(with_flipped_bit(rs256_text, 5), bytes(rsa_signature)));
}

BOOST_AUTO_TEST_CASE(a_signature_must_have_the_length_of_its_key) {
  const auto r = bytes(rsa_signature);
  for (const auto& wrong : {std::string{}, r.substr(1), r.substr(0, 255), r + '\0', '\0' + r, r + r})
    BOOST_TEST(!rsa_example().verifies(rs256_text, wrong));
  const auto e = bytes(elliptic_signature);
  for (const auto& wrong : {std::string{}, e.substr(1), e.substr(0, 63), e.substr(0, 32), e + '\0', '\0' + e, e + e,
                            e.substr(0, 32) + '\0' + e.substr(32)})
    BOOST_TEST(!elliptic_example().verifies(es256_text, wrong));
}

BOOST_AUTO_TEST_CASE(ecdsa_numbers_that_verify_anything_in_broken_libraries_are_rejected) {
  const std::string order = bytes("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");  // of the group of P-256
  const std::string zero(32, '\0');
  for (const auto& wrong : {zero + zero, order + order, zero + order, order + zero, std::string(64, '\xff')})
    BOOST_TEST(!elliptic_example().verifies(es256_text, wrong));
}

BOOST_AUTO_TEST_CASE(ecdsa_signatures_are_not_der) {
  const auto& pair = elliptic_pair();
  const auto jwk = pair.jwk();
  const auto key = public_key::p256(bytes(jwk["x"].get<std::string>()), bytes(jwk["y"].get<std::string>())).value();
  BOOST_TEST(key.verifies("message", pair.sign("message")));
  BOOST_TEST(!key.verifies("message", pair.sign_der("message")));
}

BOOST_AUTO_TEST_CASE(another_key_for_the_algorithm_does_not_verify) {
  BOOST_TEST(!elliptic_example().verifies("message", elliptic_pair().sign("message")));
  BOOST_TEST(!rsa_example().verifies("message", rsa_pair().sign("message")));
}

BOOST_AUTO_TEST_CASE(rsa_keys_have_2048_to_4096_bits) {
  const std::string exponent = "\x01\x00\x01"s;
  const auto odd = [](std::size_t size) { return std::string(size - 1, '\xff') + '\xfd'; };
  BOOST_TEST(rsa_refusal(odd(128), exponent) == "is an RSA key of 1024 bits, must have 2048 to 4096");
  BOOST_TEST(rsa_refusal('\x7f' + odd(255), exponent) == "is an RSA key of 2047 bits, must have 2048 to 4096");
  BOOST_TEST(rsa_refusal(std::string(512, '\0') + '\x01', exponent) == "is an RSA key of 1 bits, must have 2048 to 4096");
  BOOST_TEST(rsa_refusal('\x01' + odd(512), exponent) == "is an RSA key of 4097 bits, must have 2048 to 4096");
  BOOST_TEST(rsa_refusal(odd(200'000), exponent) == "has RSA parameters that are too long");
  BOOST_TEST(rsa_refusal("", exponent) == "is an RSA key of 0 bits, must have 2048 to 4096");
  const auto wide = signing_key::rsa(3'072).jwk();
  BOOST_TEST(rsa_refusal(bytes(wide["n"].get<std::string>()), exponent) == "accepted");
}

BOOST_AUTO_TEST_CASE(rsa_exponents_are_odd_and_small) {
  const auto modulus = bytes(rsa_modulus);
  for (const auto& wrong :
       {""s, "\x00"s, "\x01"s, "\x02"s, "\x01\x00\x00"s, "\x01\x00\x00\x00\x01"s, std::string(256, '\xff')})
    BOOST_TEST(rsa_refusal(modulus, wrong) == "has an RSA exponent that is not an odd number from 3 to 2^32 - 1");
  BOOST_TEST(rsa_refusal(modulus, std::string(2'000, '\xff')) == "has RSA parameters that are too long");
  BOOST_TEST(rsa_refusal(modulus, "\x03") == "accepted");
}

BOOST_AUTO_TEST_CASE(an_invalid_modulus_is_rejected) {
  auto even = bytes(rsa_modulus);
  even.back() = static_cast<char>(even.back() & ~1);
  BOOST_TEST(rsa_refusal(even, "\x01\x00\x01"s) == "is not a valid RSA key");
}

BOOST_AUTO_TEST_CASE(points_must_be_on_the_curve) {
  const auto refusal = [](const std::string& x, const std::string& y) {
    const auto made = public_key::p256(x, y);
    return made ? "accepted" : made.error();
  };
  const auto x = bytes(elliptic_x);
  const auto y = bytes(elliptic_y);
  BOOST_TEST(refusal(x, with_flipped_bit(y, 31)) == "is not a point on P-256");
  BOOST_TEST(refusal(y, x) == "is not a point on P-256");
  BOOST_TEST(refusal(std::string(32, '\0'), std::string(32, '\0')) == "is not a point on P-256");
  BOOST_TEST(refusal(std::string(32, '\xff'), std::string(32, '\xff')) == "is not a point on P-256");
  for (const auto& wrong : {std::string{}, x.substr(1), '\0' + x, std::string(48, 'x')}) {
    BOOST_TEST(refusal(wrong, y) == "has coordinates that are not 32 bytes each");
    BOOST_TEST(refusal(x, wrong) == "has coordinates that are not 32 bytes each");
  }
}

BOOST_AUTO_TEST_CASE(rejected_keys_leave_the_openssl_error_queue_unchanged) {
  const auto refuse = [] {
    (void)public_key::p256(std::string(32, '\xff'), std::string(32, '\xff'));
    (void)public_key::rsa(std::string(255, '\xff') + '\xfe', "\x01\x00\x01"s);
    (void)rsa_example().verifies(rs256_text, "short");
    (void)elliptic_example().verifies(es256_text, std::string(64, '\xff'));
  };
  ERR_clear_error();
  refuse();
  BOOST_TEST(ERR_peek_error() == 0U);
  ERR_raise(ERR_LIB_USER, 7);
  const auto before = ERR_peek_last_error();
  refuse();
  BOOST_TEST(ERR_peek_last_error() == before);
  ERR_clear_error();
}

BOOST_AUTO_TEST_SUITE_END()
