#include "runtime/flow/group_commit.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <string>

using namespace millrace;
using namespace millrace::flow;

namespace {

/// "a1": key a, first of its kind; its size is what comes behind a colon, or 1.
struct item {
  char key;
  int number;
  std::size_t size = 1;
};

using group = group_commit<item, char>;

group make(std::size_t max_items, std::size_t max_bytes = 1'000) {
  return group{{max_items, max_bytes}, [](const item& i) { return i.key; }, [](const item& i) { return i.size; }};
}

std::string text(const std::vector<item>& items) {
  std::string all;
  for (const auto& i : items) all += (all.empty() ? "" : " ") + std::string(1, i.key) + std::to_string(i.number);
  return all;
}

std::string take(group& g) {
  const auto batch = g.take();
  return batch ? text(*batch) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(group_commits)

BOOST_AUTO_TEST_CASE(a_lone_item_is_committed_immediately_and_later_items_gather_meanwhile) {
  auto g = make(10);
  BOOST_TEST(take(g) == "none");
  g.add({'a', 1});
  BOOST_TEST(take(g) == "a1");
  g.add({{'b', 1}, {'c', 1}});
  BOOST_TEST(take(g) == "none");
  BOOST_TEST(g.running());
  BOOST_TEST(g.pending() == 2u);
  g.done();
  BOOST_TEST(!g.running());
  BOOST_TEST(take(g) == "b1 c1");
}

BOOST_AUTO_TEST_CASE(a_batch_ends_at_the_limit_of_items) {
  auto g = make(2);
  g.add({{'a', 1}, {'b', 1}, {'c', 1}});
  BOOST_TEST(take(g) == "a1 b1");
  g.done();
  BOOST_TEST(take(g) == "c1");
}

BOOST_AUTO_TEST_CASE(a_batch_ends_at_the_limit_of_bytes_but_is_never_empty) {
  auto g = make(10, 100);
  g.add({{'a', 1, 60}, {'b', 1, 40}, {'c', 1, 1}, {'d', 1, 1'000}, {'e', 1, 1}});
  BOOST_TEST(take(g) == "a1 b1");
  g.done();
  BOOST_TEST(take(g) == "c1");
  g.done();
  BOOST_TEST(take(g) == "d1");
  g.done();
  BOOST_TEST(take(g) == "e1");
}

BOOST_AUTO_TEST_CASE(a_key_occurs_once_in_a_batch_and_the_others_go_on) {
  auto g = make(10);
  g.add({{'a', 1}, {'a', 2}, {'b', 1}, {'a', 3}});
  BOOST_TEST(take(g) == "a1 b1");
  g.add({'c', 1});
  g.done();
  BOOST_TEST(take(g) == "a2 c1");
  g.done();
  BOOST_TEST(take(g) == "a3");
}

BOOST_AUTO_TEST_CASE(a_repeated_key_does_not_overtake_its_predecessor) {
  auto g = make(2);
  g.add({{'a', 1}, {'b', 1}, {'c', 1}, {'d', 1}, {'a', 2}, {'e', 1}});
  BOOST_TEST(take(g) == "a1 b1");
  g.done();
  BOOST_TEST(take(g) == "c1 d1");
  g.done();
  BOOST_TEST(take(g) == "a2 e1");
}

BOOST_AUTO_TEST_CASE(whatever_happens_each_key_keeps_its_order_and_nothing_is_lost) {
  std::mt19937 random{20261121};
  const auto below = [&](unsigned n) { return random() % n; };
  auto g = make(7, 40);
  std::map<char, int> added, ended;
  for (int step = 0; step < 20'000 || g.pending() > 0 || g.running(); ++step) {
    if (step < 20'000 && below(2) == 0) {
      const auto key = static_cast<char>('a' + below(below(2) == 0 ? 2 : 20));
      g.add({key, ++added[key], 1 + below(20)});
    }
    auto batch = g.take();
    if (!batch) continue;
    std::map<char, int> in_batch;
    for (const auto& i : *batch) {
      BOOST_REQUIRE(++in_batch[i.key] == 1);
      BOOST_REQUIRE(i.number == ended[i.key] + 1);
    }
    for (const auto& i : *batch) ++ended[i.key];
    g.done();
  }
  BOOST_TEST((added == ended));
}

BOOST_AUTO_TEST_SUITE_END()
