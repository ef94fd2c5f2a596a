#include "runtime/program/api/auth/key_source.hpp"

#include "tests/support/captured_stderr.hpp"
#include "tests/unit/runtime/program/api/auth/issued.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace millrace::api;
using namespace millrace::api::test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;
using time_point = key_source::time_point;

namespace {

constexpr time_point start{1'000'000s};

std::string document_with(const char* id, const signing_key& key = elliptic_pair()) {
  return document_of({key.jwk({{"kid", id}})});
}

/// An issuer with a changeable document and a counter of reads.
struct fake_issuer {
  tl::expected<std::string, std::string> document = document_with("k1");
  int reads = 0;

  key_source::read_function read() {
    return [this] {
      ++reads;
      return document;
    };
  }
};

/// The ids that the keys contain, or the error.
std::string held(key_source& source, std::string_view key_id, time_point at) {
  const auto keys = source.keys(key_id, at);
  if (!keys) return keys.error();
  std::string ids;
  for (const char* id : {"k1", "k2"})
    if ((*keys)->has(id)) ids += id;
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_sources)

BOOST_AUTO_TEST_CASE(keys_are_read_at_first_use_and_then_kept) {
  fake_issuer issuer;
  key_source source{issuer.read()};
  BOOST_TEST(issuer.reads == 0);
  BOOST_TEST(held(source, "k1", start) == "k1");
  BOOST_TEST(held(source, "", start + 1s) == "k1");
  BOOST_TEST(held(source, "k1", start + 10min - 1ns) == "k1");
  BOOST_TEST(issuer.reads == 1);
}

BOOST_AUTO_TEST_CASE(keys_are_read_again_after_ten_minutes) {
  fake_issuer issuer;
  key_source source{issuer.read()};
  BOOST_TEST(held(source, "k1", start) == "k1");
  issuer.document = document_with("k2");
  BOOST_TEST(held(source, "k1", start + 10min) == "k2");
  BOOST_TEST(held(source, "k2", start + 20min - 1ns) == "k2");
  BOOST_TEST(issuer.reads == 2);
  BOOST_TEST(held(source, "k2", start + 20min) == "k2");
  BOOST_TEST(issuer.reads == 3);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_id_causes_a_read_but_not_too_often) {
  fake_issuer issuer;
  key_source source{issuer.read()};
  BOOST_TEST(held(source, "k1", start) == "k1");
  issuer.document = document_with("k2");
  BOOST_TEST(held(source, "k2", start + 30s - 1ns) == "k1");
  BOOST_TEST(issuer.reads == 1);
  BOOST_TEST(held(source, "k2", start + 30s) == "k2");
  BOOST_TEST(issuer.reads == 2);
  for (auto at = start + 30s; at < start + 60s; at += 1s) BOOST_TEST(held(source, "forged", at) == "k2");
  BOOST_TEST(issuer.reads == 2);
  BOOST_TEST(held(source, "forged", start + 60s) == "k2");
  BOOST_TEST(issuer.reads == 3);
}

BOOST_AUTO_TEST_CASE(a_token_signed_with_a_new_key_is_accepted_once_the_key_is_read) {
  const auto next = signing_key::elliptic();
  fake_issuer issuer;
  key_source source{issuer.read()};
  const auto said = [&source](const std::string& token, time_point at) {
    return verdict(token, **source.keys(key_id_of(token).value_or(""), at));
  };
  const auto old_token = token_of(R"({"alg":"ES256","kid":"k1"})", good_claims().dump(), elliptic_pair());
  const auto new_token = token_of(R"({"alg":"ES256","kid":"k2"})", good_claims().dump(), next);
  BOOST_TEST(said(old_token, start) == "accepted");
  issuer.document = document_of({elliptic_pair().jwk({{"kid", "k1"}}), next.jwk({{"kid", "k2"}})});
  BOOST_TEST(said(new_token, start + 31s) == "accepted");
  BOOST_TEST(said(old_token, start + 31s) == "accepted");
  issuer.document = document_with("k2", next);
  BOOST_TEST(said(new_token, start + 11min) == "accepted");
  BOOST_TEST(said(old_token, start + 11min) == "the issuer has no usable key with this kid");
}

BOOST_AUTO_TEST_CASE(cached_keys_are_kept_if_reading_fails) {
  fake_issuer issuer;
  key_source source{issuer.read()};
  BOOST_TEST(held(source, "k1", start) == "k1");
  issuer.document = tl::unexpected("HTTP 503"s);
  BOOST_TEST(held(source, "k1", start + 10min) == "k1");
  BOOST_TEST(held(source, "k1", start + 10min + 29s) == "k1");
  BOOST_TEST(issuer.reads == 2);
  issuer.document = R"({"keys":[]})";
  BOOST_TEST(held(source, "k1", start + 10min + 30s) == "k1");
  BOOST_TEST(issuer.reads == 3);
  issuer.document = document_with("k2");
  BOOST_TEST(held(source, "k1", start + 11min) == "k2");
  BOOST_TEST(issuer.reads == 4);
}

BOOST_AUTO_TEST_CASE(failed_reads_are_logged) {
  fake_issuer issuer;
  key_source source{issuer.read()};
  std::string said;
  {
    const captured_stderr captured;
    BOOST_TEST(held(source, "k1", start) == "k1");
    BOOST_TEST(captured.text() == "");
    issuer.document = tl::unexpected("HTTP 503"s);
    BOOST_TEST(held(source, "k1", start + 10min) == "k1");
    BOOST_TEST(held(source, "k1", start + 10min + 1s) == "k1");
    said = captured.text();
  }
  BOOST_REQUIRE(std::count(said.begin(), said.end(), '\n') == 1);
  const auto line = json::parse(said);
  BOOST_TEST(line["level"] == "warn");
  BOOST_TEST(line["message"] == "identity provider keys not refreshed");
  BOOST_TEST(line["error"] == "HTTP 503");
  BOOST_TEST(line["keys_kept"] == 1);
}

BOOST_AUTO_TEST_CASE(without_any_keys_the_error_is_returned) {
  fake_issuer issuer;
  issuer.document = tl::unexpected("HTTP 503"s);
  key_source source{issuer.read()};
  BOOST_TEST(held(source, "k1", start) == "identity provider keys unavailable: HTTP 503");
  BOOST_TEST(held(source, "", start + 29s) == "identity provider keys unavailable: HTTP 503");
  BOOST_TEST(issuer.reads == 1);
  issuer.document = "<html>";
  BOOST_TEST(held(source, "", start + 30s) ==
             "identity provider keys unavailable: key set is not valid JSON: expected a value at byte 0");
  issuer.document = document_with("k1");
  BOOST_TEST(held(source, "", start + 60s) == "k1");
  BOOST_TEST(issuer.reads == 3);
}

BOOST_AUTO_TEST_CASE(concurrent_first_calls_read_once) {
  constexpr int threads = 8;
  std::atomic<int> reads = 0;
  std::atomic<int> served = 0;
  key_source source{[&reads]() -> tl::expected<std::string, std::string> {
    ++reads;
    return document_with("k1");
  }};
  std::latch together{threads};
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i)
      all.emplace_back([&] {
        together.arrive_and_wait();
        if (held(source, "k1", start) == "k1") ++served;
      });
  }
  BOOST_TEST(served.load() == threads);
  BOOST_TEST(reads.load() == 1);
}

BOOST_AUTO_TEST_CASE(while_one_thread_reads_the_others_use_the_cached_keys) {
  std::promise<void> entered;
  std::promise<std::string> answer;
  std::atomic<int> reads = 0;
  key_source source{[&]() -> tl::expected<std::string, std::string> {
    if (++reads == 1) return document_with("k1");
    entered.set_value();
    return answer.get_future().get();
  }};
  BOOST_TEST(held(source, "k1", start) == "k1");
  auto reader = std::async(std::launch::async, [&] { return held(source, "k1", start + 10min); });
  const bool reading = entered.get_future().wait_for(10s) == std::future_status::ready;
  auto other = std::async(std::launch::async, [&] { return held(source, "k1", start + 10min); });
  const bool did_not_wait = other.wait_for(10s) == std::future_status::ready;
  auto new_comer = std::async(std::launch::async, [&] { return held(source, "k2", start + 10min); });
  answer.set_value(document_with("k2"));
  BOOST_TEST(reading);
  BOOST_TEST(did_not_wait);
  BOOST_TEST(other.get() == "k1");
  BOOST_TEST(reader.get() == "k2");
  BOOST_TEST(new_comer.get() == "k2");
  BOOST_TEST(reads.load() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
