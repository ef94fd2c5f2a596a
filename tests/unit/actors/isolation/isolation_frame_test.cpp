#include "actors/isolation/isolation_frame.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

BOOST_AUTO_TEST_SUITE(isolation_frames)

BOOST_AUTO_TEST_CASE(a_delivery_arrives_byte_by_byte_as_it_was_sent) {
  amqp::delivery d;
  d.redelivered = true;
  d.exchange = "millrace";
  d.routing_key = "notification.email";
  d.raw_properties = std::string_view{"\x80\0\xff", 3};
  d.body = std::string_view{"{\"a\":\0\"}", 8};
  auto read = isolation::decode_request(isolation::encode("email", d));
  BOOST_REQUIRE(read);
  BOOST_CHECK_EQUAL(read->queue, "email");
  BOOST_CHECK(read->source.redelivered);
  BOOST_CHECK_EQUAL(read->source.exchange, d.exchange);
  BOOST_CHECK_EQUAL(read->source.routing_key, d.routing_key);
  BOOST_CHECK(read->source.raw_properties == d.raw_properties);
  BOOST_CHECK(read->source.body == d.body);
  BOOST_CHECK_EQUAL(read->source.body_size, 8u);
  BOOST_CHECK(!read->source.oversized);
}

BOOST_AUTO_TEST_CASE(truncated_or_oversized_requests_are_refused) {
  amqp::delivery d;
  d.body = "body";
  auto whole = isolation::encode("email", d);
  for (std::size_t size = 0; size < whole.size(); ++size) BOOST_CHECK(!isolation::decode_request(whole.substr(0, size)));
  BOOST_CHECK(!isolation::decode_request(whole + "x"));
}

BOOST_AUTO_TEST_SUITE_END()
