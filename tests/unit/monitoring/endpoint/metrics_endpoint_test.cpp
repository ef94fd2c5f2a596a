#include "monitoring/endpoint/metrics_endpoint.hpp"

#include "tests/unit/monitoring/http_server/http_get.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using namespace millrace::monitoring;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct served {
  metrics values;
  health components;
  exporter server{"127.0.0.1:0", values, components};

  std::string get(const std::string& path, const std::string& method = "GET") const {
    return raw_http(server.port(), method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(served_over_http, served)

BOOST_AUTO_TEST_CASE(port_zero_selects_a_free_port) { BOOST_TEST(server.port() != 0); }

BOOST_AUTO_TEST_CASE(metrics_are_served_as_prometheus_text) {
  values.in_flight("email", 3);
  const auto reply = get("/metrics?x=y");
  BOOST_TEST(reply.starts_with("HTTP/1.1 200 OK\r\n"), reply);
  BOOST_TEST(holds(reply, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), reply);
  BOOST_TEST(holds(reply, "\nmillrace_deliveries_in_flight{queue=\"email\"} 3\n"));
}

BOOST_AUTO_TEST_CASE(readiness_follows_the_components) {
  components.expect("broker");
  BOOST_TEST(holds(get("/readyz"), "HTTP/1.1 503 Service Unavailable\r\n"));
  BOOST_TEST(holds(get("/readyz"), "\r\nContent-Type: application/json\r\n"));
  BOOST_TEST(holds(get("/healthz"), "HTTP/1.1 200 OK\r\n"));
  components.report("broker", true);
  BOOST_TEST(holds(get("/readyz"), "\r\n\r\n{\"ready\":true,\"components\":{\"broker\":{\"ready\":true}}}\n"));
}

BOOST_AUTO_TEST_CASE(head_returns_headers_only) {
  const auto reply = get("/healthz", "HEAD");
  BOOST_TEST(holds(reply, "Content-Length: 3\r\n"));
  BOOST_TEST(reply.ends_with("\r\n\r\n"), reply);
}

BOOST_AUTO_TEST_CASE(other_requests_are_rejected) {
  BOOST_TEST(holds(get("/"), "HTTP/1.1 404 Not Found\r\n"));
  BOOST_TEST(holds(get("/../../etc/passwd"), "HTTP/1.1 404 Not Found\r\n"));
  const auto post = get("/metrics", "POST");
  BOOST_TEST(holds(post, "HTTP/1.1 405 Method Not Allowed\r\n"));
  BOOST_TEST(holds(post, "Allow: GET, HEAD\r\n"));
  for (const auto* method : {"PUT", "DELETE", "OPTIONS", "PROPFIND", "CONNECT", "BREW"})
    BOOST_TEST(!holds(get("/metrics", method), "HTTP/1.1 200"), method);
}

BOOST_AUTO_TEST_CASE(malformed_requests_get_an_error_or_are_disconnected) {
  for (const std::string& request :
       {std::string("garbage\r\n\r\n"), std::string("GET /metrics\r\n\r\n"),
        "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n" + std::string(20'000, 'h') + "\r\n\r\n", std::string("\0\xff\xfe\r\n\r\n", 7),
        std::string("GET /metrics HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n"
                    "Sec-WebSocket-Version: 13\r\n\r\n")}) {
    const auto reply = raw_http(server.port(), request);
    BOOST_TEST(!holds(reply, "HTTP/1.1 101"), reply);
    BOOST_TEST(!holds(reply, "icrohttpd"), reply);
    BOOST_TEST(!holds(reply, "Server:"), reply);
  }
  BOOST_TEST(holds(get("/healthz"), "HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(concurrent_clients_all_get_responses) {
  std::vector<std::thread> clients;
  std::vector<std::string> replies(12);
  for (auto& reply : replies) clients.emplace_back([&reply, this] { reply = get("/healthz"); });
  for (auto& c : clients) c.join();
  for (const auto& reply : replies) BOOST_TEST(holds(reply, "HTTP/1.1 200 OK\r\n"), reply);
}

BOOST_AUTO_TEST_CASE(an_unusable_address_is_named) {
  const auto says = [](const std::string& part) {
    return [=](const std::runtime_error& e) { return holds(e.what(), part); };
  };
  const std::string taken = "127.0.0.1:" + std::to_string(server.port());
  BOOST_CHECK_EXCEPTION(exporter(taken, values, components), std::runtime_error, says("'" + taken + "'"));
  for (const std::string bad : {"", "9464", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:80s",
                                "127.0.0.1:80,90", ":80", "127.0.0.1:80,127.0.0.1:0", "+127.0.0.1:0"})
    BOOST_CHECK_EXCEPTION(exporter(bad, values, components), std::runtime_error, says("'" + bad + "'"));
}

BOOST_AUTO_TEST_CASE(the_port_is_released_on_destruction) {
  std::uint16_t port = 0;
  {
    exporter first("127.0.0.1:0", values, components);
    port = first.port();
  }
  exporter second("127.0.0.1:" + std::to_string(port), values, components);
  BOOST_TEST(second.port() == port);
}

BOOST_AUTO_TEST_SUITE_END()
