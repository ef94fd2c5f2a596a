#include "actors/pipeline/ordered_dispatch.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace;
using namespace millrace::actors;

namespace {

/// Deliveries named by one letter each; a capital letter is a suspect.
std::vector<decoded_delivery> deliveries_named(const std::string& names) {
  std::vector<decoded_delivery> all;
  for (const char name : names) {
    all.emplace_back().what.original_id = std::string{name};
    all.back().key.tag = amqp::delivery_tag{static_cast<std::uint64_t>(name)};
  }
  return all;
}
bool is_suspect(const decoded_delivery& d) { return d.what.original_id < "a"; }
delivery_key key_of(char name) { return {.epoch = {}, .tag = amqp::delivery_tag{static_cast<std::uint64_t>(name)}}; }

/// As "COMMITTED/ISOLATED".
std::string next(ordered_dispatch& d, std::size_t in_flight) {
  const auto now = d.next(in_flight, is_suspect);
  std::string text;
  for (const auto& each : now.commit) text += each.what.original_id;
  return text + "/" + (now.isolate ? now.isolate->what.original_id : "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ordered_dispatches)

BOOST_AUTO_TEST_CASE(deliveries_pass_in_order) {
  ordered_dispatch d;
  d.add(deliveries_named("abc"));
  BOOST_TEST(next(d, 7) == "abc/");
  BOOST_TEST(next(d, 7) == "/");
  BOOST_TEST(d.held() == 0U);
}

BOOST_AUTO_TEST_CASE(a_suspect_waits_for_those_before_it_and_holds_those_behind_it) {
  ordered_dispatch d;
  d.add(deliveries_named("abXcY"));
  BOOST_TEST(next(d, 0) == "ab/");
  BOOST_TEST(next(d, 2) == "/");
  BOOST_TEST(next(d, 0) == "/X");
  d.add(deliveries_named("d"));
  BOOST_TEST(next(d, 1) == "/");
  d.ended(key_of('a'));
  BOOST_TEST(next(d, 0) == "/");
  d.ended(key_of('X'));
  BOOST_TEST(next(d, 0) == "c/");
  BOOST_TEST(next(d, 0) == "/Y");
  BOOST_TEST(d.held() == 1U);
  BOOST_TEST(d.clear() == 1U);
  d.add(deliveries_named("e"));
  BOOST_TEST(next(d, 0) == "e/");
}

BOOST_AUTO_TEST_SUITE_END()
