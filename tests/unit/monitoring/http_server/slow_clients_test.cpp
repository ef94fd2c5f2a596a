// Clients that take their time: slow loris, and its kin that read slowly.
#include "monitoring/http_server/server.hpp"
#include "tests/unit/monitoring/http_server/http_get.hpp"
#include "tests/unit/monitoring/http_server/slow_client.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>
#include <thread>
#include <vector>

using namespace millrace::monitoring;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds for_ever{3'600'000}, soon{50};
const std::string half_head = "POST /slow HTTP/1.1\r\nHost: x\r\nX-Part: ";
const std::string half_body = "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\nabc";
const std::string whole = "GET /now HTTP/1.1\r\nHost: x\r\n\r\n";

bool is_ok(const std::string& reply) { return reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("\r\n\r\nok"); }

http_response no(int status, std::string_view why) { return {status, "text/plain", std::string{why}}; }

struct patient {
  std::optional<http_listener> listener;
  /// A request of /wait says so, and waits.
  std::promise<void> waits, go_on;

  void listen(milliseconds request_timeout, unsigned connections = 256) {
    const listener_options options{.bind = "127.0.0.1:0",
                                   .threads = 2,
                                   .connections = connections,
                                   .request_timeout = request_timeout,
                                   .max_body_bytes = 20'000};
    listener.emplace(
        options, [this](const http_request& r) { return answer(r); }, no);
  }
  http_response answer(const http_request& r) {
    if (r.path == "/large") return {200, "text/plain", std::string(32 << 20, 'x')};
    if (r.path == "/wait") {
      waits.set_value();
      go_on.get_future().wait();
    }
    return {200, "text/plain", "ok"};
  }
  std::vector<slow_client> clients(int count, const std::string& say) const {
    std::vector<slow_client> out;
    for (int i = 0; i < count; ++i) BOOST_REQUIRE(out.emplace_back(listener->port()).say(say));
    return out;
  }
  std::string get(const std::string& path) const {
    return raw_http(listener->port(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(slow_clients, patient)

BOOST_AUTO_TEST_CASE(hundreds_with_half_a_request_keep_nobody_waiting) {
  listen(for_ever);
  auto heads = clients(150, half_head), bodies = clients(100, half_body);
  BOOST_TEST(is_ok(get("/now")));
  BOOST_TEST(is_ok(get("/now")));
  listener.reset();  // it does not wait for them either
  for (auto& c : heads) BOOST_TEST(c.rest() == "");
  for (auto& c : bodies) BOOST_TEST(c.rest() == "");
}

BOOST_AUTO_TEST_CASE(who_does_not_send_a_whole_request_in_time_is_cut) {
  listen(soon);
  auto silent = clients(50, ""), heads = clients(50, half_head), bodies = clients(50, half_body);
  for (auto* all : {&silent, &heads, &bodies})
    for (auto& c : *all) BOOST_TEST(c.rest() == "");
  BOOST_TEST(is_ok(get("/now")));
}

BOOST_AUTO_TEST_CASE(a_byte_now_and_then_buys_no_time) {
  listen(soon);
  BOOST_TEST(clients(1, half_head)[0].trickle('x'));
  BOOST_TEST(clients(1, half_body)[0].trickle('x'));
}

BOOST_AUTO_TEST_CASE(who_does_not_read_the_answer_in_time_is_cut) {
  listen(soon);
  auto client = std::move(clients(1, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  listener.reset();  // waits for the answer to be read, or the time to be over
  BOOST_TEST(client.rest().size() < 32u << 20);
}

BOOST_AUTO_TEST_CASE(too_many_connections_are_made_room_for_by_the_oldest_of_the_slow) {
  listen(for_ever, 3);
  auto slow = clients(3, half_head);
  BOOST_TEST(is_ok(get("/now")));
  BOOST_TEST(slow[0].rest() == "");
  BOOST_TEST(slow[2].say("\r\n\r\n"));
  BOOST_TEST(is_ok(slow[2].rest()));
}

BOOST_AUTO_TEST_CASE(a_handler_may_take_longer_than_a_request_and_others_do_not_wait_for_it) {
  listen(soon);
  auto client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  BOOST_TEST(clients(1, half_head)[0].rest() == "");  // which came later, and had as much time
  BOOST_TEST(is_ok(get("/now")));
  go_on.set_value();
  BOOST_TEST(is_ok(client.rest()));
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_requests_under_way_alone) {
  listen(for_ever);
  auto slow = std::move(clients(1, half_head)[0]),
       client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  std::thread ends{[this] { listener.reset(); }};
  BOOST_TEST(slow.rest() == "");  // so it is ending
  go_on.set_value();
  BOOST_TEST(is_ok(client.rest()));
  ends.join();
}

BOOST_AUTO_TEST_SUITE_END()
