#include "connectors/http/breaking_client.hpp"

#include "connectors/smtp/breaking_client.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::test;

namespace {

const auto nobody = tl::unexpected(http::failure{http::transfer_error::connect, "refused"});

/// Breaking clients around ones that answer what the test wants; two failures open a breaker.
struct clients {
  resilience::circuit_breakers breakers{{.failures = 2, .open_for = std::chrono::hours{1}}};
  fake_http_client* http = new fake_http_client;
  fake_mail_client* mail = new fake_mail_client;
  std::unique_ptr<http::client> breaking_http = http::make_breaking_client(std::unique_ptr<http::client>{http}, breakers);
  std::unique_ptr<smtp::client> breaking_mail = smtp::make_breaking_client(std::unique_ptr<smtp::client>{mail}, breakers);

  /// The result of a request to which the network would respond with `answer`.
  fake_http_client::result request(const std::string& url, fake_http_client::result answer) {
    http->answers = {std::move(answer)};
    fake_http_client::result got = tl::unexpected(http::failure{http::transfer_error::other, "no answer"});
    millrace::http::request r;
    r.url = url;
    breaking_http->send(std::move(r), [&got](auto a) { got = std::move(a); });
    return got;
  }
  fake_mail_client::result submit(fake_mail_client::result answer) {
    mail->answers = {std::move(answer)};
    fake_mail_client::result got = tl::unexpected(smtp::failure{false, 0, "no answer"});
    breaking_mail->send({}, [&got](auto a) { got = std::move(a); });
    return got;
  }
};

bool is_open(const fake_http_client::result& answer) {
  return !answer && answer.error().error == http::transfer_error::circuit_open && answer.error().wait.count() > 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(breaking_clients, clients)

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_reached_is_left_alone_whatever_the_path_and_others_are_not) {
  request("https://Example.org/a", nobody);
  request("https://example.org:443/b?c", nobody);
  BOOST_TEST(is_open(request("https://example.org/d", http::response{200, {}, {}})));
  BOOST_TEST(http->requests.size() == 2U);
  BOOST_TEST(request("https://example.org:444/", http::response{200, {}, {}}).has_value());
  BOOST_TEST(request("http://example.org/", http::response{200, {}, {}}).has_value());
  BOOST_TEST(request("https://example.net/", http::response{200, {}, {}}).has_value());
}

BOOST_AUTO_TEST_CASE(a_gateway_without_its_server_counts_and_an_answer_about_the_request_does_not) {
  for (const long status : {400L, 404L, 410L, 429L, 500L, 500L, 302L}) request("https://a/", http::response{status, {}, {}});
  for (const auto error : {http::transfer_error::bad_url, http::transfer_error::forbidden_address})
    for (int i = 0; i < 3; ++i) request("https://a/", tl::unexpected(http::failure{error, "no"}));
  BOOST_TEST(!is_open(request("https://a/", http::response{503, {}, {}})));
  BOOST_TEST(!is_open(request("https://a/", http::response{502, {}, {}})));
  BOOST_TEST(is_open(request("https://a/", http::response{200, {}, {}})));
}

BOOST_AUTO_TEST_CASE(an_invalid_url_is_refused_by_the_client) {
  for (int i = 0; i < 5; ++i) request("nowhere at all", nobody);
  BOOST_TEST(http->requests.size() == 5U);
}

BOOST_AUTO_TEST_CASE(a_relay_that_refuses_us_is_left_alone_and_one_that_refuses_mails_is_not) {
  for (int i = 0; i < 3; ++i) submit(tl::unexpected(smtp::failure{true, 550, "550 no such user"}));
  for (int i = 0; i < 3; ++i) submit(tl::unexpected(smtp::failure{false, 450, "450 later"}));
  submit(tl::unexpected(smtp::failure{false, 0, "refused"}));
  submit(tl::unexpected(smtp::failure{false, 535, "535 bad credentials"}));
  const auto answer = submit(smtp::receipt{"250 ok"});
  BOOST_REQUIRE(!answer);
  BOOST_TEST(!answer.error().permanent);
  BOOST_TEST(answer.error().wait.count() > 0);
  BOOST_TEST(mail->requests.size() == 8U);
}

BOOST_AUTO_TEST_SUITE_END()
