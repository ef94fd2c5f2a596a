#include "tests/integration/connectors/http/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <cstring>

// libcurl repeats a request by itself if a reused connection ends before the first byte of the answer. A POST must not leave
// twice.

using namespace millrace;
using namespace millrace::test;
using http::transfer_error;

namespace {

/// What send() does with the next request that libcurl passes to it.
enum class next_post { sent, refused, half_sent };
std::atomic<next_post> fault{next_post::sent};
std::atomic<int> broken_socket{-1};

bool is_post(const void* bytes, std::size_t size) { return size > 5 && std::memcmp(bytes, "POST ", 5) == 0; }

}  // namespace

/// Replaces libc's function for libcurl too, because the kernel refuses the first byte of a request too rarely for a test.
extern "C" ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
  const auto now = is_post(bytes, size) ? fault.exchange(next_post::sent) : next_post::sent;
  if (now == next_post::half_sent) {
    broken_socket = socket;
    return sendto(socket, bytes, size / 2, flags, nullptr, 0);
  }
  if (now == next_post::refused || (socket == broken_socket && !is_post(bytes, size))) {
    broken_socket = -1;
    errno = ECONNRESET;
    return -1;
  }
  return sendto(socket, bytes, size, flags, nullptr, 0);
}

namespace {

constexpr auto ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Answers the first request and keeps the connection open, then runs `later` for each request, which ends its connection.
struct closing_server {
  explicit closing_server(std::function<void(connection&)> later, const test_certificate* tls = nullptr)
      : server([this, later = std::move(later), tls](connection& c) {
          if (tls != nullptr) c.start_tls(*tls);
          if (!first.exchange(true)) {
            c.read_request();
            ++requests;
            c.write(ok);
          }
          c.read_until("\r\n\r\n");
          ++requests;
          later(c);
        }) {}

  std::atomic<bool> first{false};
  std::atomic<int> requests{0};  // heads of requests read
  scripted_server server;
};

struct scene {
  const char* name;
  std::function<void(connection&)> ends;
  std::size_t body = 7;
};

std::vector<scene> scenes() {
  return {
      {"closes after the head", [](connection&) {}},
      {"closes after the whole request", [](connection& c) { c.read_exactly(7); }},
      {"resets after the whole request",
       [](connection& c) {
         c.read_exactly(7);
         c.end_with_reset();
       }},
      {"closes within the status line", [](connection& c) { c.write("HTTP/1.1 20"); }},
      {"closes without reading a long body", [](connection&) {}, 4'000'000},
      {"closes within a long body", [](connection& c) { c.read_exactly(1'000'000); }, 4'000'000},
      {"resets within a long body",
       [](connection& c) {
         c.read_exactly(1'000'000);
         c.end_with_reset();
       },
       4'000'000},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_sent_once)

BOOST_AUTO_TEST_CASE(a_post_on_a_reused_connection_that_ends_is_not_repeated) {
  test_certificate certificate;
  for (const auto& s : scenes()) {
    for (const bool tls : {false, true}) {
      BOOST_TEST_CONTEXT(s.name << (tls ? ", TLS" : "")) {
        closing_server closing{s.ends, tls ? &certificate : nullptr};
        auto options = http_fixture::local();
        options.ca_file = certificate.file();
        http_fixture f{options};
        auto r = request_to(closing.server, tls ? "https" : "http");
        BOOST_REQUIRE(f.get(r));
        r.body = std::string(s.body, 'x');
        const auto got = f.get(r);
        BOOST_REQUIRE(!got);
        BOOST_TEST((got.error().error == transfer_error::other));
        BOOST_TEST(!got.error().message.empty());
        f.stop();
        BOOST_TEST(closing.requests == 2);
        BOOST_TEST(closing.server.connections() == 1);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(many_concurrent_posts_over_closing_connections_leave_once_each) {
  std::atomic<int> requests{0};
  scripted_server server{[&](connection& c) {  // ends each connection with its third request
    for (int i = 0; i < 3; ++i) {
      c.read_request();
      ++requests;
      if (i < 2) c.write(ok);
    }
  }};
  http_fixture f;
  std::vector<std::future<http_fixture::result>> pending;
  for (int i = 0; i < 300; ++i) pending.push_back(f.send(request_to(server)));
  int failed = 0;
  for (auto& p : pending) failed += p.get() ? 0 : 1;
  f.stop();
  BOOST_TEST(requests == 300);
  BOOST_TEST(failed > 0);
}

BOOST_AUTO_TEST_CASE(a_connection_that_ended_before_the_request_costs_no_attempt) {
  std::promise<void> ended;
  std::atomic<int> requests{0};
  scripted_server server{[&](connection& c) {
    c.read_request();
    c.write(ok);
    if (++requests > 1) c.wait_closed();
    c.finish();
    ended.set_value();
  }};
  http_fixture f;
  BOOST_REQUIRE(f.get(request_to(server)));
  ended.get_future().wait();
  BOOST_TEST(f.get(request_to(server)).has_value());
  BOOST_TEST(requests == 2);
  BOOST_TEST(server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(a_request_of_which_no_byte_was_sent_is_sent_over_a_new_connection) {
  closing_server closing{[](connection& c) { c.write(ok); }};
  http_fixture f;
  BOOST_REQUIRE(f.get(request_to(closing.server)));
  fault = next_post::refused;
  BOOST_TEST(f.get(request_to(closing.server)).has_value());
  BOOST_TEST((fault == next_post::sent));
  f.stop();
  BOOST_TEST(closing.requests == 2);
  BOOST_TEST(closing.server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(a_request_that_was_sent_in_part_is_not_repeated) {
  closing_server closing{[](connection& c) { c.write(ok); }};
  http_fixture f;
  BOOST_REQUIRE(f.get(request_to(closing.server)));
  fault = next_post::half_sent;
  const auto got = f.get(request_to(closing.server));
  BOOST_TEST((fault == next_post::sent));
  BOOST_TEST(!got.has_value());
  f.stop();
  BOOST_TEST(closing.requests == 1);
  BOOST_TEST(closing.server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_get_may_be_repeated) {
  std::atomic<int> requests{0};
  scripted_server server{[&](connection& c) {
    for (;;) {
      c.read_request();
      if (++requests == 2) return;
      c.write(ok);
    }
  }};
  http_fixture f;
  auto r = request_to(server);
  r.method = "GET";
  r.body.clear();
  BOOST_REQUIRE(f.get(r));
  BOOST_TEST(f.get(r).has_value());
  BOOST_TEST(requests == 3);
}

BOOST_AUTO_TEST_SUITE_END()
