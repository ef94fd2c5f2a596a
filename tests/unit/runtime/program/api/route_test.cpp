#include "runtime/program/api/auth/bearer.hpp"
#include "runtime/program/api/auth/rate_limiter.hpp"
#include "runtime/program/api/openapi.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

using namespace millrace::api;
using namespace std::chrono_literals;

namespace {

std::string found(const std::string& method, const std::string& path) {
  auto m = find_route(routes(), method, path);
  return m.found ? std::string{m.found->operation} : m.allow.empty() ? "none" : "allow " + m.allow;
}

/// Every "$ref" below a value.
void collect(const nlohmann::ordered_json& value, std::set<std::string>& refs) {
  if (value.is_object() && value.contains("$ref")) refs.insert(value["$ref"].get<std::string>());
  if (value.is_structured())
    for (auto& inner : value) collect(inner, refs);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(routing)

BOOST_AUTO_TEST_CASE(a_path_has_one_spelling) {
  BOOST_TEST(found("GET", "/api/v1/queues") == "list_queues");
  BOOST_TEST(found("GET", "/api/v1/queues/email") == "show_queue");
  BOOST_TEST(found("GET", "/api/v1/queues/e%6Dail") == "show_queue");
  for (auto* path :
       {"", "/", "api/v1/queues", "/api/v1/queues/", "/api/v1//queues", "/api/v1/./queues", "/api/v1/x/../queues",
        "/api/v1/%2e%2e/v1/queues", "/api/v1/queues%2Femail", "/api/v1/queues/%", "/API/v1/queues"})
    BOOST_TEST(found("GET", path) == "none", path);
  BOOST_TEST(found("DELETE", "/api/v1/queues/email") == "allow GET, PATCH");
}

BOOST_AUTO_TEST_CASE(a_literal_segment_takes_precedence_over_a_path_parameter) {
  BOOST_TEST(found("POST", "/api/v1/dead-letters/replay") == "replay_dead_letters");
  BOOST_TEST(found("POST", "/api/v1/dead-letters/01a2197e-fc51-7a56-952f-54d8958af55d/replay") == "replay_dead_letter");
}

BOOST_AUTO_TEST_CASE(changes_require_more_than_the_read_permission) {
  std::set<std::string_view> operations;
  for (auto& r : routes()) {
    BOOST_TEST(operations.insert(r.operation).second, r.operation);
    if (r.method != "GET") BOOST_TEST((r.permission != permission::read), r.operation);
  }
}

BOOST_AUTO_TEST_CASE(the_openapi_document_is_complete_and_equals_the_one_in_docs) {
  const auto document = openapi_document(routes());
  BOOST_TEST(document["openapi"] == "3.1.0");
  std::set<std::string> refs;
  collect(document, refs);
  for (auto& ref : refs) BOOST_TEST(document.contains(nlohmann::ordered_json::json_pointer{ref.substr(1)}), ref);
  for (auto& r : routes()) {
    std::string method;
    for (char c : r.method) method += static_cast<char>(std::tolower(c));
    const auto& operation = document["paths"][std::string{r.path}][method];
    std::set<std::string> in_path;
    for (auto& p : operation["parameters"]) {
      if (p["in"] != "path") continue;
      in_path.insert("{" + p["name"].get<std::string>() + "}");
      BOOST_TEST(p["required"] == true);
    }
    for (auto& name : in_path) BOOST_TEST(r.path.find(name) != std::string_view::npos, r.operation);
    BOOST_TEST(in_path.size() == static_cast<std::size_t>(std::ranges::count(r.path, '{')), r.operation);
  }
  const std::string file = MILLRACE_SOURCE_DIR "/docs/openapi.json", text = document.dump(2) + "\n";
  if (std::getenv("MILLRACE_UPDATE_DOCS")) std::ofstream{file} << text;
  std::ifstream kept{file};
  BOOST_TEST((std::string{std::istreambuf_iterator<char>{kept}, {}} == text),
             "docs/openapi.json is out of date; run this test with MILLRACE_UPDATE_DOCS=1");
}

BOOST_AUTO_TEST_CASE(a_token_is_accepted_in_its_original_form_only) {
  const auto made = mint_token();
  const auto parsed = parse_bearer(made.token);
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->id == made.kept.id);
  BOOST_TEST(matches(parsed->secret, made.kept.secret_hash));
  BOOST_TEST(made.kept.secret_hash.find(parsed->secret) == std::string::npos);
  auto other = parsed->secret;
  other[0] = other[0] == '0' ? '1' : '0';
  BOOST_TEST(!matches(other, made.kept.secret_hash));
  BOOST_TEST(!matches(parsed->secret, ""));
  BOOST_TEST(mint_token().token != made.token);
  for (auto& text : {std::string{}, std::string{"mr_"}, made.token + "0", made.token.substr(1), "MR" + made.token.substr(2),
                     made.token.substr(0, 15) + "-" + made.token.substr(16)})
    BOOST_TEST(!parse_bearer(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(each_key_has_its_own_rate_and_keys_beyond_the_limit_share_one) {
  rate_limiter limiter{1, 2};
  const auto now = millrace::flow::token_bucket::clock::time_point{} + 1h;
  BOOST_TEST(limiter.admit("a", now));
  BOOST_TEST(limiter.admit("a", now));
  BOOST_TEST(!limiter.admit("a", now));
  BOOST_TEST(!limiter.open("a", now));
  BOOST_TEST(limiter.admit("b", now));
  BOOST_TEST(limiter.admit("a", now + 1s));
  for (int i = 0; i < 5'000; ++i) limiter.admit("key " + std::to_string(i), now);
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += limiter.admit("stranger " + std::to_string(i), now);
  BOOST_TEST(admitted <= 2);
  BOOST_TEST(limiter.admit("stranger", now + 10s));  // the other keys are idle by then
}

BOOST_AUTO_TEST_SUITE_END()
