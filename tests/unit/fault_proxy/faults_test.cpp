#include "tests/chaos/proxy/fault_proxy.hpp"
#include "tests/support/servers.hpp"
#include "tests/unit/fault_proxy/peers.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

std::string bytes(std::size_t count) {
  std::string all(count, '\0');
  std::iota(all.begin(), all.end(), '\0');
  return all;
}

struct proxied {
  echo_server server;
  fault_proxy proxy{server.port(), fault_proxy::protocol::plain, 1};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(without_a_fault_everything_passes_both_ways_and_the_end_too) {
  proxied p;
  tcp_client c{p.proxy.port()};
  auto sent = bytes(3'000'000);
  std::thread sender{[&] {
    c.send(sent);
    c.finish();
  }};
  BOOST_TEST((c.receive(sent.size()) == sent));
  sender.join();
  BOOST_TEST(c.ending() == "end");
  BOOST_TEST((p.server.received() == sent));
  BOOST_TEST(p.server.ending() == "end");
  BOOST_TEST(p.proxy.seen().to_server == sent.size());
}

BOOST_AUTO_TEST_CASE(slices_delay_and_a_narrow_line_change_no_byte) {
  for (lane_faults f : {lane_faults{.slice = 1}, lane_faults{.slice = 7}, lane_faults{.latency = 2ms, .jitter = 3ms},
                        lane_faults{.bytes_per_second = 200'000, .slice = 1'000}}) {
    proxied p;
    p.proxy.set(f);
    tcp_client c{p.proxy.port()};
    auto sent = bytes(20'000);
    for (std::size_t at = 0; at < sent.size(); at += 1'000) c.send(sent.substr(at, 1'000));
    BOOST_TEST((c.receive(sent.size()) == sent));
  }
}

BOOST_AUTO_TEST_CASE(a_black_hole_swallows_until_it_is_healed_and_then_loses_nothing) {
  proxied p;
  tcp_client c{p.proxy.port()};
  c.send("before");
  BOOST_TEST(c.receive(6) == "before");
  p.proxy.set(direction::to_client, {.stalled = true});
  c.send("during");
  BOOST_TEST(wait_until([&] { return p.proxy.seen().to_server == 12; }));
  BOOST_TEST(!c.readable());
  p.proxy.heal();
  BOOST_TEST(c.receive(6) == "during");
}

BOOST_AUTO_TEST_CASE(a_reset_is_a_reset_for_both_sides) {
  proxied p;
  tcp_client c{p.proxy.port()};
  c.send("x");
  BOOST_TEST(c.receive(1) == "x");
  p.proxy.reset_all();
  BOOST_TEST(c.ending() == "reset");
  p.server.received();
  BOOST_TEST(p.server.ending() == "reset");
}

BOOST_AUTO_TEST_CASE(limited_data_ends_in_a_reset_after_exactly_so_many_bytes) {
  proxied p;
  p.proxy.set(direction::to_client, {.reset_at = 1'000});
  tcp_client c{p.proxy.port()};
  auto sent = bytes(5'000);
  c.send(sent);
  BOOST_TEST((c.receive(5'000) == sent.substr(0, 1'000)));
  BOOST_TEST(c.ending() == "reset");
}

BOOST_AUTO_TEST_CASE(one_byte_is_corrupted_and_no_other) {
  proxied p;
  p.proxy.set(direction::to_server, {.corrupt_at = 4});
  tcp_client c{p.proxy.port()};
  c.send("abc");
  c.send("defg");
  BOOST_TEST((c.receive(7) == std::string{"abcd"} + static_cast<char>(~'e') + "fg"));
}

BOOST_AUTO_TEST_CASE(a_half_closed_connection_still_carries_the_other_direction) {
  echo_server server{false, "hello"};
  fault_proxy proxy{server.port()};
  tcp_client c{proxy.port()};
  BOOST_TEST(c.receive(5) == "hello");
  proxy.half_close_all(direction::to_client);
  BOOST_TEST(c.ending() == "end");
  c.send("still here");
  c.finish();
  BOOST_TEST(server.received() == "still here");
}

BOOST_AUTO_TEST_CASE(refused_connections_are_refused_and_then_accepted_on_the_same_port) {
  proxied p;
  tcp_client open{p.proxy.port()};
  open.send("x");
  BOOST_TEST(open.receive(1) == "x");
  p.proxy.refuse(true);
  BOOST_TEST(refused(p.proxy.port()));
  open.send("y");
  BOOST_TEST(open.receive(1) == "y");
  p.proxy.refuse(false);
  BOOST_TEST(!refused(p.proxy.port()));
}

BOOST_AUTO_TEST_CASE(nobody_behind_the_proxy_is_a_reset_for_the_client) {
  fault_proxy proxy{1};
  tcp_client c{proxy.port()};
  BOOST_TEST(c.ending() == "reset");
}

BOOST_AUTO_TEST_CASE(a_url_is_led_through_the_proxy) {
  fault_proxy proxy{1};
  auto port = std::to_string(proxy.port());
  BOOST_TEST(proxy.in_front_of("amqp://guest:guest@127.0.0.1:5672/v") == "amqp://guest:guest@127.0.0.1:" + port + "/v");
  BOOST_TEST(proxy.in_front_of("http://127.0.0.1:80") == "http://127.0.0.1:" + port);
}

BOOST_AUTO_TEST_SUITE_END()
