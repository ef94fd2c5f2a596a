// Bursts of connections, far above the limit of a listener.
#include "monitoring/http_server/server.hpp"
#include "tests/unit/monitoring/http_server/http_get.hpp"
#include "tests/unit/monitoring/http_server/slow_client.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <sys/resource.h>
#include <vector>

using namespace millrace::monitoring;

namespace {

struct burst_target {
  std::optional<http_listener> listener{std::in_place, listener_options{.bind = "127.0.0.1:0"},
                                        [](const http_request&) -> http_response {
                                          return {200, "text/plain", "ok"};
                                        },
                                        [](int status, std::string_view why) -> http_response {
                                          return {status, "text/plain", std::string{why}};
                                        }};

  std::vector<slow_client> burst(std::size_t connections) const {
    rlimit most{};
    BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &most) == 0);
    most.rlim_cur = most.rlim_max;
    BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &most) == 0);
    std::vector<slow_client> all;
    for (std::size_t i = 0; i < connections; ++i)
      if (const auto& c = all.emplace_back(listener->port()); i % 2 == 0) c.say("GET / HTTP/1.1\r\nHost: x\r\nX-Part: ");
    return all;
  }
  bool answers() const { return raw_http(listener->port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("ok"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bursts, burst_target)

BOOST_AUTO_TEST_CASE(a_listener_answers_during_and_after_a_burst) {
  for (int round = 0; round < 3; ++round) {
    {
      const auto held = burst(3'000);
      BOOST_TEST(answers());
    }
    BOOST_TEST(answers());
  }
}

BOOST_AUTO_TEST_SUITE_END()
