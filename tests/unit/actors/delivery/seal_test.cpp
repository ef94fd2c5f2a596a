#include "actors/delivery/seal.hpp"

#include "actors/delivery/decoded_delivery.hpp"
#include "actors/delivery/outcome_resolution.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

namespace {

const seal ours{"our key"}, theirs{"another key"};

amqp::properties republished() {
  amqp::properties p;
  p.type = "notification.email";
  p.message_id = "order-17";
  p.headers = {{"tenant", {std::string{"acme"}}}, {header::generation, {std::string{"3"}}}};
  return p;
}

/// The generation that a consumer reads.
std::uint32_t generation_of(const amqp::properties& p, std::string_view body = "{}") {
  std::string bytes;
  amqp::byte_writer out{bytes};
  amqp::encode_properties(out, p);
  amqp::delivery d;
  d.exchange = "millrace";
  d.routing_key = "notification.email";
  d.raw_properties = bytes;
  d.body = body;
  const auto known = [](std::string_view) { return type_facts{.known = true}; };
  return decode_delivery(d, {}, "email", {}, known, &ours).what.generation;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seals)

BOOST_AUTO_TEST_CASE(our_own_headers_count_with_our_seal_only) {
  auto p = republished();
  BOOST_TEST(generation_of(p) == 0U);
  theirs.add(p, "{}");
  BOOST_TEST(generation_of(p) == 0U);
  p = republished();
  ours.add(p, "{}");
  BOOST_TEST(generation_of(p) == 3U);
}

BOOST_AUTO_TEST_CASE(a_seal_fits_one_message) {
  auto sealed = republished();
  ours.add(sealed, "{}");
  BOOST_TEST(generation_of(sealed, "[]") == 0U);
  auto other = sealed;
  other.message_id = "order-18";
  BOOST_TEST(generation_of(other) == 0U);
  other = sealed;
  other.headers[0].value = {std::string{"bank"}};
  BOOST_TEST(generation_of(other) == 0U);
  other = sealed;
  other.headers[1].value = {std::string{"2147483647"}};
  BOOST_TEST(generation_of(other) == 0U);
  for (auto value : {amqp::field_value{std::string{"9"}}, amqp::field_value{std::int64_t{9}}}) {
    other = sealed;
    other.headers.emplace_back(header::generation, value);
    BOOST_TEST(generation_of(other) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_message_without_headers_of_our_own_is_not_sealed) {
  amqp::properties p;
  p.headers = {{"tenant", {std::string{"acme"}}}};
  ours.add(p, "{}");
  BOOST_TEST(p.headers.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
