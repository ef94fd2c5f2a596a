#include "tests/integration/connectors/http/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

// Once a final status line has been received, it decides, whatever becomes of headers and body.

using namespace millrace;
using namespace millrace::test;
using http::transfer_error;
using std::chrono::milliseconds;
using namespace std::string_literals;

namespace {

enum class ending { closes, resets, stalls, never_ends };

std::string repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

struct broken_answer {
  const char* name;
  std::string after_status_line;
  ending then = ending::closes;
  std::string repeated = {};
};

const std::string filler = "X-Filler: " + std::string(1'000, 'x') + "\r\n";

std::vector<broken_answer> broken_answers() {
  return {
      {"short body", "Content-Length: 100\r\n\r\n7 bytes"},
      {"short body, reset", "Content-Length: 100\r\n\r\n7 bytes", ending::resets},
      {"short body, no end", "Content-Length: 100\r\n\r\n7 bytes", ending::stalls},
      {"no body", "Content-Length: 100\r\n\r\n"},
      {"endless body", "\r\n", ending::never_ends, "abc"},
      {"endless chunks", "Transfer-Encoding: chunked\r\n\r\n", ending::never_ends, "5\r\n12345\r\n"},
      {"chunk size is no number", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"},
      {"chunk is cut", "Transfer-Encoding: chunked\r\n\r\n5\r\n12"},
      {"negative length", "Content-Length: -5\r\n\r\nabc"},
      {"two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n\r\nabc"},
      {"length too large", "Content-Length: 99999999999999999999999\r\n\r\nabc"},
      {"headers are cut", "X-One: 1\r\nX-Tw"},
      {"headers stall", "X-One: 1\r\n", ending::stalls},
      {"status line only", ""},
      {"status line only, reset", "", ending::resets},
      {"status line only, no end", "", ending::stalls},
      {"80 KB of headers", repeat(filler, 80) + "Content-Length: 2\r\n\r\nok"},
      {"one header of 200 KB", "X-Long: " + std::string(200'000, 'x') + "\r\nContent-Length: 2\r\n\r\nok"},
      {"endless headers", "", ending::never_ends, filler},
      {"no header line", "no colon here\r\nContent-Length: 100\r\n\r\nabc"},
      {"byte 0 in a header", "X-Zero: a\0b\r\nContent-Length: 100\r\n\r\nabc"s},
  };
}

/// Answers every request with a status line and a broken rest, and counts the requests.
struct broken_server {
  broken_server(int status, const broken_answer& answer)
      : server([this, status, answer](connection& c) {
          c.read_request();
          ++requests;
          if (answer.then == ending::resets) c.end_with_reset();
          c.write("HTTP/1.1 " + std::to_string(status) + " X\r\n" + answer.after_status_line);
          while (answer.then == ending::never_ends) c.write(answer.repeated);
          if (answer.then == ending::stalls) c.wait_closed();
        }) {}

  std::atomic<int> requests{0};
  scripted_server server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_status_lines)

BOOST_AUTO_TEST_CASE(the_status_line_decides_whatever_becomes_of_headers_and_body) {
  auto options = http_fixture::local();
  options.max_response_bytes = 5'000;
  for (const auto& answer : broken_answers()) {
    for (const int status : {200, 202, 404, 410, 429, 503}) {
      BOOST_TEST_CONTEXT(status << ", " << answer.name) {
        broken_server broken{status, answer};
        http_fixture f{options};
        auto r = request_to(broken.server);
        if (answer.then == ending::stalls) r.timeout = milliseconds{50};
        const auto got = f.get(r);
        BOOST_TEST(broken.requests == 1);
        BOOST_REQUIRE_MESSAGE(got, got.error().message);
        BOOST_TEST(got->status == status);
        BOOST_TEST(got->body.size() <= 5'000U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_answer_says_what_is_cut) {
  const auto incomplete = [](const std::string& rest, const std::string& repeated = {}) {
    broken_server broken{200, {"", rest, repeated.empty() ? ending::closes : ending::never_ends, repeated}};
    http_fixture f;
    const auto got = f.get(request_to(broken.server));
    BOOST_REQUIRE_MESSAGE(got, got.error().message);
    return got->incomplete;
  };
  BOOST_TEST(incomplete("Content-Length: 2\r\n\r\nok").empty());
  BOOST_TEST(incomplete("X-One: 1\r\nX-Tw") == "the connection ended within the headers");
  BOOST_TEST(incomplete("Content-Length: 100\r\n\r\n7 bytes") == "transfer closed with 93 bytes remaining to read");
  BOOST_TEST(incomplete("\r\n", "abc") == "the body is longer than 65536 bytes");
  BOOST_TEST(incomplete("", filler) == "the headers are longer than 65536 bytes");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_destroyed_while_it_reads_the_body_reports_the_status) {
  std::promise<void> answered;
  scripted_server server{[&](connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + std::string(40'000'000, 'x'));
    answered.set_value();  // more than the kernel buffers, so the client has read the status line
    c.wait_closed();
  }};
  auto options = http_fixture::local();
  options.max_response_bytes = 50'000'000;
  http_fixture f{options};
  auto pending = f.send(request_to(server));
  answered.get_future().wait();
  f.stop();
  const auto got = pending.get();
  BOOST_REQUIRE_MESSAGE(got, got.error().message);
  BOOST_TEST(got->status == 200);
  BOOST_TEST(got->incomplete == "the client is shutting down");
}

BOOST_AUTO_TEST_CASE(endless_interim_answers_are_a_failure) {
  const std::string interim = "HTTP/1.1 103 X\r\n" + filler + "\r\n";
  scripted_server server{[&](connection& c) {
    c.read_request();
    for (;;) c.write(interim);
  }};
  http_fixture f;
  const auto got = f.get(request_to(server));
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().error == transfer_error::other));
  BOOST_TEST(got.error().message == "the headers are longer than 65536 bytes");
}

BOOST_AUTO_TEST_CASE(an_interim_status_or_half_a_status_line_is_no_answer) {
  for (const char* text : {"HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 20",
                           "HTTP/1.1 200 OK", "", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    BOOST_TEST_CONTEXT(text) {
      scripted_server server{[text](connection& c) {
        c.read_request();
        c.write(text);
      }};
      http_fixture f;
      const auto got = f.get(request_to(server));
      BOOST_REQUIRE(!got);
      BOOST_TEST((got.error().error == transfer_error::other));
      BOOST_TEST(!got.error().message.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_status_line_among_the_headers_does_not_replace_the_first) {
  broken_server broken{200, {"", "HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\nok"}};
  http_fixture f;
  const auto got = f.get(request_to(broken.server));
  BOOST_REQUIRE_MESSAGE(got, got.error().message);
  BOOST_TEST(got->status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
