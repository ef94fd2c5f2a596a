// Bursts of connections to the listeners of a node. `deploy/dev reliability --only bursts` is the long form.
#include "tests/integration/end_to_end/operators.hpp"
#include "tests/unit/monitoring/http_server/slow_client.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>
#include <sys/resource.h>
#include <vector>

using namespace millrace::test;

namespace {

struct burst_scene : operators_scene {
  struct listener {
    std::string name;
    std::uint16_t port = 0;
    std::function<bool()> answers;
  };
  std::vector<listener> listeners;

  burst_scene() {
    serve();
    const auto port_of = [](const std::string& url) {
      return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    };
    listeners = {{"monitoring", port_of(monitoring("")), [this] { return http_get(monitoring("/healthz")).first == 200; }},
                 {"API", static_cast<std::uint16_t>(port()), [this] { return ask("", "GET", "/queues").status == 401; }}};
    rlimit most{};
    BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &most) == 0);
    most.rlim_cur = most.rlim_max;
    BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &most) == 0);
  }

  static std::vector<slow_client> connect(const listener& to, std::size_t connections) {
    std::vector<slow_client> all;
    for (std::size_t i = 0; i < connections; ++i)
      if (const auto& c = all.emplace_back(to.port); i % 2 == 0) c.say("GET / HTTP/1.1\r\nHost: x\r\nX-Part: ");
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bursts, burst_scene)

BOOST_AUTO_TEST_CASE(every_listener_answers_during_and_after_bursts_and_the_node_then_stops_cleanly) {
  for (const auto& to : listeners)
    for (int round = 0; round < 2; ++round) {
      {
        const auto held = connect(to, 3'000);
        BOOST_TEST(to.answers(), to.name);
      }
      const auto closed = std::chrono::steady_clock::now();
      BOOST_REQUIRE(to.answers());
      const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - closed;
      std::cout << to.name << ": answers " << taken.count() << " ms after a burst of 3,000 connections\n";
    }
  const auto page = http_get(monitoring("/metrics")).second;
  BOOST_TEST(page.find("millrace_listener_up{listener=\"api\"} 1\n") != page.npos);
  BOOST_TEST(page.find("millrace_listener_up{listener=\"monitoring\"} 1\n") != page.npos);
  BOOST_TEST(page.find("millrace_http_connections_dropped_total{listener=\"api\",reason=\"replaced\"}") != page.npos);

  const auto idle = connect(listeners[0], 200), idle_too = connect(listeners[1], 200);
  server().signal(SIGTERM);
  BOOST_TEST(server().wait() == 0);  // 1 if it had to be ended after 30 s
}

BOOST_AUTO_TEST_SUITE_END()
