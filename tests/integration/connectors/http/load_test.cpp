#include "connectors/http/curl_loop.hpp"
#include "tests/integration/connectors/http/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace millrace;
using namespace millrace::supervision;
using namespace millrace::test;
using http::transfer_error;

namespace {

scripted_server::script ok() {
  return [](connection& c) {
    for (;;) {
      c.read_request();
      c.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  };
}

/// Counts how its transfers end.
struct tally {
  std::atomic<int> completed{0};
  std::atomic<int> refused{0};
};
class counted : public http::transfer {
 public:
  counted(tally& t, std::string url) : tally_(t), url_(std::move(url)) {}
  CURLcode prepare(CURL* easy) override { return curl_easy_setopt(easy, CURLOPT_URL, url_.c_str()); }
  std::chrono::milliseconds time_limit() const override { return std::chrono::seconds{60}; }
  void completed(CURL*, CURLcode) override { ++tally_.completed; }
  void refused(const char*) override { ++tally_.refused; }

 private:
  tally& tally_;
  std::string url_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_load)

BOOST_AUTO_TEST_CASE(a_connection_is_reused) {
  scripted_server server{ok()};
  http_fixture f;
  for (int i = 0; i < 20; ++i) BOOST_TEST_REQUIRE(f.get(request_to(server)).has_value());
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(more_requests_than_connections_wait_their_turn) {
  scripted_server server{ok()};
  auto options = http_fixture::local();
  options.connections = 3;
  http_fixture f{options};
  std::vector<std::future<http_fixture::result>> answers;
  for (int i = 0; i < 300; ++i) answers.push_back(f.send(request_to(server)));
  for (auto& a : answers) BOOST_TEST_REQUIRE(a.get().has_value());
  BOOST_TEST(server.connections() <= 3);
}

BOOST_AUTO_TEST_CASE(idle_connections_give_way_to_other_hosts) {
  std::vector<std::unique_ptr<scripted_server>> servers;
  for (int i = 0; i < 6; ++i) servers.push_back(std::make_unique<scripted_server>(ok()));
  auto options = http_fixture::local();
  options.connections = 2;
  http_fixture f{options};
  for (int round = 0; round < 3; ++round) {
    std::vector<std::future<http_fixture::result>> answers;
    for (const auto& s : servers) answers.push_back(f.send(request_to(*s)));
    for (auto& a : answers) BOOST_TEST_REQUIRE(a.get().has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_does_not_hold_up_the_others) {
  scripted_server hung{[](connection& c) { c.wait_closed(); }};
  scripted_server server{ok()};
  auto options = http_fixture::local();
  options.connections = 2;
  http_fixture f{options};
  const auto stuck = f.send(request_to(hung));
  for (int i = 0; i < 20; ++i) BOOST_TEST_REQUIRE(f.get(request_to(server)).has_value());
  BOOST_TEST((stuck.wait_for(std::chrono::seconds{0}) == std::future_status::timeout));
}

BOOST_AUTO_TEST_CASE(destruction_answers_running_and_waiting_requests_once_each) {
  std::promise<void> reached;
  scripted_server hung{[&](connection& c) {
    c.read_request();
    reached.set_value();
    c.wait_closed();
  }};
  auto options = http_fixture::local();
  options.connections = 1;
  http_fixture f{options};
  auto running = f.send(request_to(hung));
  auto waiting = f.send(request_to(hung));
  reached.get_future().wait();
  f.stop();
  for (auto* a : {&running, &waiting}) {
    const auto answer = a->get();  // a second call would throw in the loop
    BOOST_REQUIRE(!answer);
    BOOST_TEST((answer.error().error == transfer_error::other));
  }
}

BOOST_AUTO_TEST_CASE(over_the_limit_of_waiting_transfers_the_next_is_refused) {
  scripted_server hung{[](connection& c) { c.wait_closed(); }};
  tally t;
  event_loop loop;
  std::unique_ptr<http::curl_loop> transfers;
  loop.run_and_wait([&] {
    transfers = std::make_unique<http::curl_loop>(loop.uv(), http::curl_loop::limits{.running = 2, .waiting = 3});
    for (int i = 0; i < 7; ++i) transfers->start(std::make_unique<counted>(t, "http://" + hung.address() + "/"));
  });
  BOOST_TEST(t.refused == 2);
  BOOST_TEST(t.completed == 0);
  loop.run_and_wait([&] { transfers.reset(); });
  BOOST_TEST(t.refused == 7);
  BOOST_TEST(t.completed == 0);
}

BOOST_AUTO_TEST_SUITE_END()
