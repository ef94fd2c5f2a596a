#include "connectors/http/request_check.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace millrace::http;
namespace data = boost::unit_test::data;

namespace {

std::optional<failure> check(const std::string& url, bool allow_http = false) {
  request r;
  r.url = url;
  return check_request(r, allow_http);
}

const char* const bad[] = {
    "",
    "example.org",
    "//example.org/",
    "/path",
    "https://",

    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org:25/_HELO",
    "smtp://example.org",
    "dict://example.org:11211/",
    "https://user@example.org/",
    "https://user:password@example.org/",
    "https://exa mple.org/",
    "https://example.org:99999/",
    "https://example.org:port/",
    "https://example.org/\r\nHost: other",
    "https://example.org/\n",
    "https://[::1",
    "https://[::g]/",
    "javascript:alert(1)",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(request_checks)

BOOST_DATA_TEST_CASE(urls_that_cannot_be_used_are_refused_whatever_is_allowed, data::make(bad), url) {
  for (const bool allow_http : {false, true}) {
    const auto problem = check(url, allow_http);
    BOOST_REQUIRE(problem);
    BOOST_TEST((problem->error == transfer_error::bad_url));
  }
}

BOOST_AUTO_TEST_CASE(https_is_always_allowed_and_http_only_on_request) {
  BOOST_TEST(!check("https://example.org/hook?x=1#y"));
  BOOST_TEST(!check("HTTPS://example.org:8443/"));
  BOOST_TEST(!check("https://[2606:4700:4700::1111]/"));
  BOOST_TEST(check("http://example.org/").has_value());
  BOOST_TEST(!check("http://example.org/", true));
}

BOOST_AUTO_TEST_CASE(a_nul_cannot_hide_the_rest_of_a_url) {
  BOOST_TEST(check(std::string{"https://example.org\0.evil.test/", 31}).has_value());
}

BOOST_AUTO_TEST_CASE(a_url_over_eight_kibibytes_is_refused) {
  BOOST_TEST(check("https://example.org/" + std::string(8 * 1024, 'a')).has_value());
}

BOOST_AUTO_TEST_CASE(headers_cannot_be_split) {
  request r;
  r.url = "https://example.org/";
  for (const auto& header : {std::pair<std::string, std::string>{"x", "a\r\nb: c"},
                             {"x", "a\nb"},
                             {"x", std::string{"a\0b", 3}},
                             {"x y", "a"},
                             {"x:", "a"},
                             {"", "a"},
                             {"x\r\ny", "a"}}) {
    r.headers = {header};
    const auto problem = check_request(r, false);
    BOOST_REQUIRE(problem);
    BOOST_TEST((problem->error == transfer_error::other));
  }
  r.headers = {{"x", "tab\tand ü are fine"}};
  BOOST_TEST(!check_request(r, false));
}

BOOST_AUTO_TEST_CASE(too_many_bytes_of_headers_are_refused) {
  request r;
  r.url = "https://example.org/";
  r.headers = {{"x", std::string(64 * 1024, 'a')}};
  BOOST_TEST(check_request(r, false).has_value());
}

BOOST_AUTO_TEST_CASE(the_method_must_be_a_token) {
  request r;
  r.url = "https://example.org/";
  for (const char* method : {"", "GET /", "PO\r\nST"}) {
    r.method = method;
    BOOST_TEST(check_request(r, false).has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
