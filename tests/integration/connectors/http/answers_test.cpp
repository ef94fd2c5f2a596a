#include "tests/integration/connectors/http/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace millrace;
using namespace millrace::test;
using http::transfer_error;
using std::chrono::milliseconds;

namespace {

/// Answers every request of a connection with the same text.
scripted_server::script always(std::string answer) {
  return [answer = std::move(answer)](connection& c) {
    for (;;) {
      c.read_request();
      c.write(answer);
    }
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_answers)

BOOST_AUTO_TEST_CASE(the_request_arrives_as_given_and_the_answer_comes_back) {
  std::promise<std::string> seen;
  scripted_server server{[&](connection& c) {
    seen.set_value(c.read_request());
    c.write("HTTP/1.1 200 OK\r\nX-Trace:  a b \r\nContent-Length: 2\r\n\r\nok");
    c.wait_closed();
  }};
  http_fixture f;
  auto r = request_to(server);
  r.headers = {{"content-type", "application/json"}, {"x-empty", ""}, {"x-one", "1"}};
  const auto answer = f.get(r);
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->body == "ok");
  BOOST_REQUIRE(answer->headers.size() == 2U);
  BOOST_TEST(answer->headers[0].first == "x-trace");
  BOOST_TEST(answer->headers[0].second == "a b");
  const auto request = seen.get_future().get();
  BOOST_TEST(request.starts_with("POST /hook HTTP/1.1\r\n"));
  BOOST_TEST(request.find("content-type: application/json\r\n") != std::string::npos);
  BOOST_TEST(request.find("x-empty:\r\n") != std::string::npos);
  BOOST_TEST(request.find("x-one: 1\r\n") != std::string::npos);
  BOOST_TEST(request.ends_with("\r\n\r\n{\"a\":1}"));
}

BOOST_AUTO_TEST_CASE(every_status_is_an_answer_and_no_redirect_is_followed) {
  scripted_server target{always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
  for (const int status : {204, 302, 307, 400, 410, 429, 500, 503}) {
    scripted_server server{always("HTTP/1.1 " + std::to_string(status) + " X\r\nLocation: http://" + target.address() +
                                  "/\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")};
    http_fixture f;
    const auto answer = f.get(request_to(server));
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == status);
    const std::pair<std::string, std::string> wait{"retry-after", "7"};
    BOOST_TEST((std::find(answer->headers.begin(), answer->headers.end(), wait) != answer->headers.end()));
  }
  BOOST_TEST(target.connections() == 0);
}

BOOST_AUTO_TEST_CASE(headers_of_interim_answers_do_not_count) {
  scripted_server server{
      always("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
  http_fixture f;
  const auto answer = f.get(request_to(server));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->headers.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_body_is_cut_at_the_limit_and_a_never_ending_one_is_not_waited_for) {
  scripted_server server{[](connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\n\r\n");
    for (;;) c.write(std::string(1000, 'x'));
  }};
  auto options = http_fixture::local();
  options.max_response_bytes = 5'000;
  http_fixture f{options};
  const auto answer = f.get(request_to(server));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->body == std::string(5'000, 'x'));
}

BOOST_AUTO_TEST_CASE(a_body_of_exactly_the_limit_is_whole) {
  scripted_server server{always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")};
  auto options = http_fixture::local();
  options.max_response_bytes = 3;
  http_fixture f{options};
  const auto answer = f.get(request_to(server));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->body == "abc");
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_is_a_timeout) {
  scripted_server server{[](connection& c) { c.wait_closed(); }};
  http_fixture f;
  auto r = request_to(server);
  r.timeout = milliseconds{200};
  const auto answer = f.get(r);
  BOOST_REQUIRE(!answer);
  BOOST_TEST((answer.error().error == transfer_error::timeout));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_and_an_unknown_name_are_distinguished) {
  http::request r;
  {
    scripted_server gone{always("")};
    r = request_to(gone);
  }
  auto options = http_fixture::local();
  options.connect_timeout = milliseconds{1'000};
  http_fixture f{options};
  const auto refused = f.get(r);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().error == transfer_error::connect));
  r.url = "http://does-not-exist.invalid/";
  const auto unknown = f.get(r);
  BOOST_REQUIRE(!unknown);
  // Without a name server, the resolver may not finish before the connect timeout.
  BOOST_TEST((unknown.error().error == transfer_error::resolve || unknown.error().error == transfer_error::connect));
}

BOOST_AUTO_TEST_SUITE_END()
