// Bursts of connections, far above the limit of a listener.
#include "monitoring/http_server/server.hpp"
#include "tests/support/servers.hpp"
#include "tests/unit/monitoring/http_server/http_get.hpp"
#include "tests/unit/monitoring/http_server/slow_client.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <optional>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace millrace::monitoring;
using millrace::test::wait_until;

namespace {

struct burst_target {
  std::optional<http_listener> listener{std::in_place,
                                        listener_options{.bind = "127.0.0.1:0", .request_timeout = std::chrono::hours{1}},
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

BOOST_AUTO_TEST_CASE(any_number_of_connections_closed_together_leaves_the_listener_answering) {
  for (std::size_t connections = 120; connections < 256; ++connections) {
    burst(connections);
    BOOST_REQUIRE_MESSAGE(answers(), connections << " connections");
  }
}

BOOST_AUTO_TEST_CASE(a_listener_stops_while_no_descriptor_is_free) {
  rlimit before{};
  BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{.rlim_cur = 256, .rlim_max = before.rlim_max};
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::vector<int> all{client};
  for (int fd = 0; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.push_back(fd);
  const sockaddr_in to{
      .sin_family = AF_INET, .sin_port = htons(listener->port()), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  BOOST_REQUIRE(connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  BOOST_REQUIRE(wait_until([] {  // the acceptor may have reserved a descriptor before
    for (int fd = 0; fd < 256; ++fd)
      if (fcntl(fd, F_GETFD) < 0) return false;
    return true;
  }));
  listener.reset();
  for (const int fd : all) close(fd);
  BOOST_TEST(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
