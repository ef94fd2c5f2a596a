#include "connectors/amqp/wire/field_codec.hpp"
#include "connectors/amqp/wire/handshake.hpp"
#include "connectors/amqp/wire/method_id.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;
using namespace std::chrono_literals;

namespace {

struct handshake_fixture {
  client_options options;
  endpoint where = parse_url("amqp://user:sesame@h/v").value();
  std::string out;

  handshake_fixture() { options.connection_name = "worker 1"; }
  static connection_start start(std::string_view mechanisms = "PLAIN AMQPLAIN") { return {0, 9, mechanisms}; }
  static connection_tune tune(std::uint16_t channels, std::uint32_t frame, std::uint16_t heartbeat) {
    return {channels, frame, heartbeat};
  }
};

struct start_ok {
  field_table properties;
  std::string mechanism, response;
};

start_ok read_start_ok(std::string_view raw) {
  byte_reader in(parse_frame(raw, 4096).value().payload);
  BOOST_TEST(in.u32() == id::connection_start_ok);
  start_ok made;
  made.properties = decode_table(in.long_string(), {}).value();
  made.mechanism = in.short_string();
  made.response = in.long_string();
  BOOST_TEST(in.ok());
  return made;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(handshakes, handshake_fixture)

BOOST_AUTO_TEST_CASE(a_plain_login_goes_through_to_open) {
  handshake h(options, where);
  h.begin(out);
  BOOST_TEST(out == std::string_view("AMQP\0\0\x09\x01", 8));
  out.clear();
  BOOST_REQUIRE(h.step(start(), out).has_value());
  auto sent = read_start_ok(out);
  BOOST_TEST(sent.mechanism == "PLAIN");
  BOOST_TEST(sent.response == std::string_view("\0user\0sesame", 12));
  BOOST_TEST(std::get<std::string>(find(sent.properties, "product")->value) == "Millrace");
  BOOST_TEST(std::get<std::string>(find(sent.properties, "connection_name")->value) == "worker 1");
  auto& capabilities = std::get<field_table>(find(sent.properties, "capabilities")->value);
  for (auto name : {"publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify",
                    "connection.blocked", "authentication_failure_close"})
    BOOST_TEST((*find(capabilities, name) == field_value{true}), name);
  BOOST_REQUIRE(h.step(tune(2047, 131'072, 60), out).has_value());
  BOOST_TEST(!h.done());
  BOOST_REQUIRE(h.step(connection_open_ok{}, out).has_value());
  BOOST_TEST(h.done());
}

BOOST_AUTO_TEST_CASE(a_client_certificate_means_external) {
  where.tls = true;
  options.tls.certificate_file = "client.pem";
  handshake h(options, where);
  BOOST_REQUIRE(h.step(start("EXTERNAL PLAIN"), out).has_value());
  auto sent = read_start_ok(out);
  BOOST_TEST(sent.mechanism == "EXTERNAL");
  BOOST_TEST(sent.response.empty());
  handshake without(options, where);
  auto failed = without.step(start("PLAIN"), out);
  BOOST_TEST(failed.error().find("does not offer login by EXTERNAL") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_lower_limit_wins_and_zero_is_none) {
  auto agreed = [&](connection_tune from_broker) {
    handshake h(options, where);
    BOOST_REQUIRE(h.step(start(), out).has_value());
    BOOST_REQUIRE(h.step(from_broker, out).has_value());
    return h.agreed();
  };
  auto a = agreed(tune(100, 8'192, 5));
  BOOST_TEST(a.channel_max == 100);
  BOOST_TEST(a.frame_max == 8'192U);
  BOOST_TEST(a.heartbeat == 5);
  a = agreed(tune(0, 0, 0));
  BOOST_TEST(a.channel_max == 2'047);
  BOOST_TEST(a.frame_max == 131'072U);
  BOOST_TEST(a.heartbeat == 10);
  BOOST_TEST(agreed(tune(0, 1, 0)).frame_max == 4'096U);
  options.heartbeat = 0ms;
  BOOST_TEST(agreed(tune(0, 0, 60)).heartbeat == 0);
  options.heartbeat = 1ms;
  BOOST_TEST(agreed(tune(0, 0, 60)).heartbeat == 1);
}

BOOST_AUTO_TEST_CASE(methods_out_of_turn_end_it) {
  handshake h(options, where);
  BOOST_TEST(!h.step(connection_open_ok{}, out).has_value());
  BOOST_TEST(!h.step(tune(0, 0, 0), out).has_value());
  BOOST_REQUIRE(h.step(start(), out).has_value());
  BOOST_TEST(!h.step(start(), out).has_value());
  BOOST_TEST(!h.step(connection_secure{}, out).has_value());
}

BOOST_AUTO_TEST_CASE(another_version_is_named) {
  handshake h(options, where);
  BOOST_TEST(h.step(connection_start{1, 0, "PLAIN"}, out).error() == "the broker does not speak AMQP 0-9-1");
}

BOOST_AUTO_TEST_CASE(a_hang_up_after_the_login_is_taken_for_a_refusal) {
  handshake h(options, where);
  BOOST_TEST(h.explain_loss("gone") == "gone");
  BOOST_REQUIRE(h.step(start(), out).has_value());
  auto why = h.explain_loss("gone");
  BOOST_TEST(why.find("ACCESS_REFUSED") != std::string::npos, why);
  BOOST_TEST(why.find("'user'") != std::string::npos, why);
  BOOST_TEST(why.find("sesame") == std::string::npos, why);
  BOOST_REQUIRE(h.step(tune(0, 0, 0), out).has_value());
  BOOST_TEST(h.explain_close({530, "NOT_ALLOWED - vhost v not found"}).find("vhost 'v'") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
