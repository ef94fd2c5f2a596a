#include "runtime/flow/ack_tracker.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>
#include <string>

using namespace millrace;
using namespace millrace::flow;

namespace {

void deliver(ack_tracker& t, std::initializer_list<std::uint64_t> tags) {
  for (const auto tag : tags) BOOST_TEST(t.delivered(tag));
}
void settle(ack_tracker& t, std::initializer_list<std::uint64_t> tags) {
  for (const auto tag : tags) BOOST_TEST(t.settled(tag));
}
/// "<=3 5": all up to 3, and 5.
std::string take(ack_tracker& t) {
  std::string all;
  for (const auto& a : t.take())
    all += (all.empty() ? "" : " ") + std::string(a.multiple ? "<=" : "") + std::to_string(a.tag);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ack_trackers)

BOOST_AUTO_TEST_CASE(a_settled_prefix_is_one_acknowledgement) {
  ack_tracker t;
  deliver(t, {1, 2, 3, 4});
  settle(t, {3, 1, 2});
  BOOST_TEST(t.unsettled() == 1u);
  BOOST_TEST(take(t) == "<=3");
  BOOST_TEST(take(t) == "");
  settle(t, {4});
  BOOST_TEST(take(t) == "4");
}

BOOST_AUTO_TEST_CASE(deliveries_behind_an_open_one_are_acknowledged_one_by_one) {
  ack_tracker t;
  deliver(t, {1, 2, 3, 4, 5, 6});
  settle(t, {1, 2, 4, 6});
  BOOST_TEST(take(t) == "<=2 4 6");
  settle(t, {3});
  BOOST_TEST(take(t) == "3");  // 4 has been acknowledged and must not be named again
  settle(t, {5});
  BOOST_TEST(take(t) == "5");
  BOOST_TEST(t.unsettled() == 0u);
}

BOOST_AUTO_TEST_CASE(the_prefix_is_named_by_a_tag_the_broker_still_knows) {
  ack_tracker t;
  deliver(t, {1, 2, 3});
  settle(t, {3});
  BOOST_TEST(take(t) == "3");
  settle(t, {1, 2});
  BOOST_TEST(take(t) == "<=2");
}

BOOST_AUTO_TEST_CASE(gaps_between_tags_are_no_obstacle) {
  ack_tracker t;
  deliver(t, {10, 20, 1'000'000'000'000, 18'446'744'073'709'551'615ULL});
  settle(t, {1'000'000'000'000, 20});
  BOOST_TEST(take(t) == "1000000000000 20");
  settle(t, {10, 18'446'744'073'709'551'615ULL});
  BOOST_TEST(take(t) == "<=18446744073709551615");
}

BOOST_AUTO_TEST_CASE(a_rejected_delivery_is_never_acknowledged) {
  ack_tracker t;
  deliver(t, {1, 2, 3});
  BOOST_TEST(t.rejected(2));
  BOOST_TEST(!t.settled(2));
  settle(t, {1});
  BOOST_TEST(take(t) == "1");
  BOOST_TEST(t.rejected(3));
  BOOST_TEST(take(t) == "");
  BOOST_TEST(t.unsettled() == 0u);
}

BOOST_AUTO_TEST_CASE(unknown_and_repeated_tags_are_ignored) {
  ack_tracker t;
  deliver(t, {5});
  BOOST_TEST(!t.delivered(5));
  BOOST_TEST(!t.delivered(4));
  BOOST_TEST(!t.settled(4));
  BOOST_TEST(!t.settled(6));
  settle(t, {5});
  BOOST_TEST(!t.settled(5));
  BOOST_TEST(take(t) == "5");
  BOOST_TEST(!t.settled(5));
}

BOOST_AUTO_TEST_CASE(a_new_epoch_voids_all_tags) {
  ack_tracker t;
  deliver(t, {1, 2});
  settle(t, {2});
  t.reset();
  BOOST_TEST(t.unsettled() == 0u);
  BOOST_TEST(take(t) == "");
  BOOST_TEST(!t.settled(1));
  deliver(t, {1});
}

/// Plays the broker: knows what is unacknowledged, and refuses a tag that is not.
BOOST_AUTO_TEST_CASE(in_any_order_each_delivery_is_acknowledged_once_and_never_early) {
  std::mt19937 random{20261121};
  ack_tracker t;
  std::set<std::uint64_t> unacknowledged, in_flight;
  std::uint64_t next = 0;
  for (int step = 0; step < 50'000 || !in_flight.empty(); ++step) {
    if (step < 50'000 && in_flight.size() < 50) {
      next += random() % 10 == 0 ? 1 + random() % 5 : 1;
      BOOST_REQUIRE(t.delivered(next));
      unacknowledged.insert(next);
      in_flight.insert(next);
    }
    if (!in_flight.empty() && random() % 2 == 0) {
      const auto chosen = std::next(in_flight.begin(), static_cast<std::ptrdiff_t>(random() % in_flight.size()));
      BOOST_REQUIRE(t.settled(*chosen));
      in_flight.erase(chosen);
    }
    BOOST_REQUIRE(t.unsettled() == in_flight.size());
    if (random() % 5 != 0 && !in_flight.empty()) continue;
    for (const auto& a : t.take()) {
      BOOST_REQUIRE(unacknowledged.contains(a.tag));
      if (a.multiple) BOOST_REQUIRE((in_flight.empty() || *in_flight.begin() > a.tag));
      BOOST_REQUIRE(!in_flight.contains(a.tag));
      unacknowledged.erase(a.multiple ? unacknowledged.begin() : unacknowledged.find(a.tag),
                           unacknowledged.upper_bound(a.tag));
    }
    BOOST_REQUIRE((unacknowledged == in_flight));
    BOOST_REQUIRE((t.oldest_unsettled() == (in_flight.empty() ? std::nullopt : std::optional{*in_flight.begin()})));
  }
}

BOOST_AUTO_TEST_SUITE_END()
