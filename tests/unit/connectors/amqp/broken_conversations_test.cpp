// Brokers, and servers that are none, that a client must leave: each with words that help.
#include "connectors/amqp/wire/method_id.hpp"
#include "tests/unit/connectors/amqp/broker_client.hpp"
#include "tests/unit/connectors/amqp/scripted_broker.hpp"

using namespace millrace::amqp;
using namespace millrace::amqp::test;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct down_fixture {
  driven_loop loop;

  /// The first reason why a client is down.
  std::string first_down(const client_options& options) {
    broker_client client(loop, options);
    BOOST_REQUIRE(loop.run_until([&] { return !client.downs.empty(); }));
    return client.downs[0];
  }
  std::string first_down(std::function<void(broker_side&)> script) {
    scripted_broker broker(std::move(script));
    return first_down(broker.options());
  }
};

void confirm_one(broker_side& side, std::uint16_t channel, std::uint32_t kind, std::uint64_t tag, bool multiple) {
  side.method(channel, kind, [&](byte_writer& w) { w.u64(tag), w.u8(multiple ? 1 : 0); });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(broken_conversations, down_fixture)

BOOST_AUTO_TEST_CASE(a_confirm_for_nothing_ends_the_connection) {
  auto why = first_down([](broker_side& side) {
    side.shake_hands();
    confirm_one(side, side.accept_publisher(), id::basic_ack, 1, false);
    side.wait_for(id::connection_close);
  });
  BOOST_TEST(contains(why, "unexpected basic.ack"), why);
}

BOOST_AUTO_TEST_CASE(a_frame_over_the_agreed_size_is_answered_with_501) {
  std::atomic<int> code{0};
  auto why = first_down([&](broker_side& side) {
    side.shake_hands(4'096);
    side.accept_publisher();
    std::string raw;
    append_frame(raw, frame_kind::body, 1, [](byte_writer& w) { w.bytes(std::string(5'000, 'x')); });
    side.write(raw);
    auto closed = side.wait_for(id::connection_close);
    code = byte_reader(closed.payload).u16();
  });
  BOOST_TEST(contains(why, "over the agreed 4096"), why);
  BOOST_TEST(code == 501);
}

BOOST_AUTO_TEST_CASE(unexpected_frames_close_the_connection_with_a_reason) {
  std::pair<std::function<void(broker_side&)>, const char*> cases[] = {
      {[](broker_side& s) { s.method(0, id::basic_qos_ok); }, "unexpected basic.qos-ok"},
      {[](broker_side& s) { s.method(9, id::channel_open_ok, [](byte_writer& w) { w.u32(0); }); }, "not open"},
      {[](broker_side& s) { s.deliver(9, 1, "x"); }, "not open"},
      {[](broker_side& s) { s.method(0, id::basic_publish); }, "unexpected method 60.40"},
      {[](broker_side& s) { s.write("rubbish!"); }, "unknown frame type"},
      {[](broker_side& s) { s.method(0, id::connection_start, [](byte_writer& w) { w.u64(0), w.u64(0); }); },
       "connection.start"},
  };
  for (auto& [say, words] : cases) {
    auto why = first_down([say = say](broker_side& side) {
      side.shake_hands();
      side.accept_publisher();
      say(side);
      side.wait_for_end();
    });
    BOOST_TEST(contains(why, words), why);
  }
}

BOOST_AUTO_TEST_CASE(a_server_of_another_kind_is_described) {
  BOOST_TEST(contains(first_down([](broker_side& s) { s.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }), "speaks HTTP"));
  BOOST_TEST(contains(first_down([](broker_side& s) { s.write("\x15\x03\x01\x02"); }), "amqps://"));
  BOOST_TEST(contains(first_down([](broker_side& s) { s.write("220 mail ready"); }), "does not speak AMQP"));
}

BOOST_AUTO_TEST_CASE(a_hang_up_after_the_login_means_the_password) {
  auto why = first_down([](broker_side& side) {
    side.read(8);
    side.method(0, id::connection_start,
                [](byte_writer& w) { w.u8(0), w.u8(9), w.u32(0), w.long_string("PLAIN"), w.long_string("en_US"); });
    side.wait_for(id::connection_start_ok);
  });
  BOOST_TEST(contains(why, "ACCESS_REFUSED, wrong user or password?"), why);
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_given_up_after_the_connect_timeout) {
  scripted_broker broker([](broker_side& side) {
    side.read(8);
    side.wait_for_end();
  });
  auto options = broker.options();
  options.connect_timeout = 50ms;
  auto why = first_down(options);
  BOOST_TEST(contains(why, "within 50 ms; waited for connection.start"), why);
}

BOOST_AUTO_TEST_CASE(a_peer_without_heartbeats_is_dead_and_ours_are_sent) {
  std::atomic<int> beats{0};
  scripted_broker broker([&](broker_side& side) {
    side.shake_hands(131'072, 1);
    side.accept_publisher();
    for (;;) beats += side.read_frame().kind == frame_kind::heartbeat;
  });
  broker_client client(loop, broker.options());
  BOOST_REQUIRE(loop.run_until([&] { return !client.downs.empty(); }));
  BOOST_TEST(contains(client.downs[0], "no heartbeat from 127.0.0.1 for 2000 ms"), client.downs[0]);
  BOOST_TEST(beats >= 2);
}

BOOST_AUTO_TEST_SUITE_END()
