#include "monitoring/http_server/server.hpp"

#include "tests/unit/monitoring/http_server/http_get.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::monitoring;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Echoes the request.
struct echo {
  http_listener listener{{.bind = "127.0.0.1:0", .max_body_bytes = 10},
                         [](const http_request& r) -> http_response {
                           if (r.path == "/fails") throw std::runtime_error("on purpose");
                           return {200, "text/plain", r.method + " " + r.path + " ? " + r.query + " = " + r.body};
                         },
                         [](int status, std::string_view why) -> http_response {
                           return {status, "text/plain", std::string{why}};
                         }};

  std::string send(const std::string& head, const std::string& body = {}) const {
    return raw_http(listener.port(), head + "\r\nHost: x\r\n\r\n" + body);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_listeners, echo)

BOOST_AUTO_TEST_CASE(a_request_reaches_the_handler_unchanged) {
  auto got = send("POST /a%2Fb/%00/../c?x=%31 HTTP/1.1\r\nContent-Length: 5", "12345");
  BOOST_TEST(holds(got, "HTTP/1.1 200 OK\r\n"), got);
  BOOST_TEST(got.ends_with("POST /a%2Fb/%00/../c ? x=%31 = 12345"), got);
}

BOOST_AUTO_TEST_CASE(a_request_to_the_server_itself_is_answered_without_a_body) {
  auto got = send("OPTIONS * HTTP/1.1");
  BOOST_TEST(got.starts_with("HTTP/1.1 204 "), got);
  BOOST_TEST(got.ends_with("\r\n\r\n"), got);
}

BOOST_AUTO_TEST_CASE(a_body_of_ambiguous_length_is_refused) {
  BOOST_TEST(holds(send("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), " 400 "));
  BOOST_TEST(holds(send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"), " 411 "));
  for (auto* head :
       {"Content-Length: 3\r\nContent-Length: 4", "Content-Length: -1", "Content-Length: 3x", "Content-Length: 0x3",
        "Content-Length: +3", "Content-Length: ", "Content-Length: 3, 3", "Content-Length: 99999999999999999999",
        "Content-Length : 3", "Content-Length: 3\r\n Content-Length: 4"}) {
    auto got = send(std::string{"POST / HTTP/1.1\r\n"} + head, "abc");
    BOOST_TEST(holds(got, "HTTP/1.1 4"), head << ": " << got);
  }
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_refused_unread) {
  BOOST_TEST(holds(send("POST / HTTP/1.1\r\nContent-Length: 10", "0123456789"), " 200 "));
  for (const std::string method : {"POST", "PATCH", "DELETE", "GET"})
    BOOST_TEST(holds(send(method + " / HTTP/1.1\r\nContent-Length: 11"), " 413 "), method);
}

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request) {
  const auto got =
      send("POST / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 5", "12345GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(holds(got, "\r\nConnection: close\r\n"), got);
  BOOST_TEST(!holds(got, "/second"), got);
}

BOOST_AUTO_TEST_CASE(a_failing_handler_is_a_500_without_its_message) {
  auto got = send("GET /fails HTTP/1.1");
  BOOST_TEST(holds(got, " 500 "), got);
  BOOST_TEST(!holds(got, "on purpose"), got);
}

BOOST_AUTO_TEST_CASE(an_invalid_or_used_address_is_named) {
  auto start = [](const std::string& bind) {
    try {
      http_listener{{.bind = bind},
                    [](const http_request&) { return http_response{}; },
                    [](int, std::string_view) { return http_response{}; }};
    } catch (const std::runtime_error& e) {
      return std::string{e.what()};
    }
    return std::string{"started"};
  };
  const auto taken = "127.0.0.1:" + std::to_string(listener.port());
  BOOST_TEST(holds(start(taken), taken));
  BOOST_TEST(holds(start("nowhere"), "'nowhere'"));
  BOOST_TEST(holds(start("127.0.0.1:80s"), "not host:port"));
}

BOOST_AUTO_TEST_SUITE_END()
