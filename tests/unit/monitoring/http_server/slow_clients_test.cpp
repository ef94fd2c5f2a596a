// Slow clients: slow loris and slow readers.
#include "monitoring/http_server/server.hpp"
#include "monitoring/metrics/metrics.hpp"
#include "tests/support/servers.hpp"
#include "tests/unit/monitoring/http_server/http_get.hpp"
#include "tests/unit/monitoring/http_server/slow_client.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>
#include <thread>
#include <vector>

using namespace millrace::monitoring;
using millrace::test::wait_until;
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
  /// A request for /wait signals its arrival and blocks.
  std::promise<void> waits, go_on;

  metrics values;

  void listen(milliseconds request_timeout, unsigned connections = 256, milliseconds stop_timeout = for_ever,
              milliseconds probe_interval = {}, unsigned threads = 2) {
    const listener_options options{.bind = "127.0.0.1:0",
                                   .name = "api",
                                   .threads = threads,
                                   .connections = connections,
                                   .request_timeout = request_timeout,
                                   .max_body_bytes = 20'000,
                                   .stop_timeout = stop_timeout,
                                   .probe_interval = probe_interval,
                                   .values = &values};
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
  bool dropped(const std::string& reason, int connections) const {
    return values.expose().find("millrace_http_connections_dropped_total{listener=\"api\",reason=\"" + reason + "\"} " +
                                std::to_string(connections) + "\n") != std::string::npos;
  }
  bool shown_as(const char* up) const {
    return values.expose().find(std::string{"millrace_listener_up{listener=\"api\"} "} + up) != std::string::npos;
  }
  std::string get(const std::string& path) const {
    return raw_http(listener->port(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(slow_clients, patient)

BOOST_AUTO_TEST_CASE(hundreds_of_partial_requests_delay_no_one) {
  listen(for_ever);
  auto heads = clients(150, half_head), bodies = clients(100, half_body);
  BOOST_TEST(is_ok(get("/now")));
  BOOST_TEST(is_ok(get("/now")));
  listener.reset();  // does not wait for them either
  for (auto& c : heads) BOOST_TEST(c.rest() == "");
  for (auto& c : bodies) BOOST_TEST(c.rest() == "");
}

BOOST_AUTO_TEST_CASE(a_client_without_a_complete_request_in_time_is_disconnected) {
  listen(soon);
  auto silent = clients(50, ""), heads = clients(50, half_head), bodies = clients(50, half_body);
  for (auto* all : {&silent, &heads, &bodies})
    for (auto& c : *all) BOOST_TEST(c.rest() == "");
  BOOST_TEST(is_ok(get("/now")));
  BOOST_TEST(dropped("timeout", 150), values.expose());
}

BOOST_AUTO_TEST_CASE(trickling_bytes_do_not_extend_the_time) {
  listen(soon);
  BOOST_TEST(clients(1, half_head)[0].trickle('x'));
  BOOST_TEST(clients(1, half_body)[0].trickle('x'));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_the_response_in_time_is_disconnected) {
  listen(soon);
  auto client = std::move(clients(1, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  listener.reset();  // waits until the response is read or times out
  BOOST_TEST(client.rest().size() < 32u << 20);
}

BOOST_AUTO_TEST_CASE(above_the_connection_limit_the_slowest_sender_is_disconnected) {
  listen(for_ever, 3);
  auto slow = clients(3, half_head);
  BOOST_TEST(is_ok(get("/now")));
  BOOST_TEST(slow[0].rest() == "");
  BOOST_TEST(dropped("replaced", 1), values.expose());
  BOOST_TEST(slow[2].say("\r\n\r\n"));
  BOOST_TEST(is_ok(slow[2].rest()));
}

BOOST_AUTO_TEST_CASE(while_all_connections_are_being_answered_further_ones_are_refused) {
  listen(for_ever, 1);
  auto client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  BOOST_TEST(slow_client{listener->port()}.rest() == "");
  BOOST_TEST(dropped("refused", 1), values.expose());
  go_on.set_value();
  BOOST_TEST(is_ok(client.rest()));
  BOOST_TEST(wait_until([&] { return is_ok(get("/now")); }));  // once the server has noticed the end of the connection
}

BOOST_AUTO_TEST_CASE(a_slow_handler_does_not_delay_other_requests) {
  listen(soon);
  auto client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  BOOST_TEST(clients(1, half_head)[0].rest() == "");  // connected later, with the same time limit
  BOOST_TEST(is_ok(get("/now")));
  go_on.set_value();
  BOOST_TEST(is_ok(client.rest()));
}

BOOST_AUTO_TEST_CASE(stopping_waits_for_complete_requests_only) {
  listen(for_ever);
  auto slow = std::move(clients(1, half_head)[0]),
       client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  std::thread ends{[this] { listener.reset(); }};
  BOOST_TEST(slow.rest() == "");  // the listener is stopping
  go_on.set_value();
  BOOST_TEST(is_ok(client.rest()));
  ends.join();
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_a_client_that_does_not_read) {
  listen(for_ever, 256, soon);
  auto client = std::move(clients(1, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  BOOST_TEST(client.starts());  // the response is being sent
  listener.reset();
  BOOST_TEST(client.rest().size() < 32u << 20);
}

BOOST_AUTO_TEST_CASE(stopping_disconnects_clients_whose_requests_no_thread_has_started) {
  listen(for_ever, 256, soon, {}, 1);
  auto client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  auto waiting = clients(1, whole);
  std::thread ends{[this] { listener.reset(); }};
  BOOST_TEST(waiting[0].rest() == "");  // its request has either been queued or not been read
  go_on.set_value();
  BOOST_TEST(is_ok(client.rest()));
  ends.join();
}

BOOST_AUTO_TEST_CASE(a_listener_whose_threads_hang_is_reported_until_it_answers_again) {
  listen(for_ever, 256, for_ever, soon, 1);
  BOOST_TEST(wait_until([this] { return shown_as("1"); }));
  auto client = std::move(clients(1, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")[0]);
  waits.get_future().wait();
  BOOST_TEST(wait_until([this] { return shown_as("0"); }));
  go_on.set_value();
  BOOST_TEST(wait_until([this] { return shown_as("1"); }));
  BOOST_TEST(is_ok(client.rest()));
}

BOOST_AUTO_TEST_SUITE_END()
