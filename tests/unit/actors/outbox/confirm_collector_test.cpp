#include "actors/outbox/confirm_collector.hpp"

#include "tests/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

namespace {

struct collector_fixture {
  std::vector<batch_confirmed> whole, parts;
  test::deterministic_system world;
  // The int: CAF 0.17 binds a reference to null when it spawns a function without arguments, which UBSan reports.
  caf::actor relay = world.keep(world.sys.spawn(
      [this](caf::event_based_actor*, int) -> caf::behavior {
        return {[this](const batch_confirmed& answer) { whole.push_back(answer); },
                [this](const partly_confirmed& part) { parts.push_back(part.answer); }};
      },
      0));
  confirm_collector collector{7, {{10}, {11}, {12, true, true}, {13}}, relay};
};

using rows = std::vector<std::int64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(confirm_collectors, collector_fixture)

BOOST_AUTO_TEST_CASE(a_batch_is_reported_once_when_all_rows_are_answered) {
  collector.add(0, amqp::confirm::accepted, "");
  collector.add(1, amqp::confirm::returned, "no route");
  collector.add(2, amqp::confirm::returned, "a reply nobody waits for");
  world.settle();
  BOOST_TEST(whole.empty());
  collector.add(3, amqp::confirm::unknown, "lost");
  collector.report_part();
  world.settle();
  BOOST_REQUIRE(whole.size() == 1U);
  BOOST_TEST(parts.empty());
  BOOST_TEST(whole[0].batch == 7U);
  BOOST_TEST((whole[0].published == rows{10, 12}));
  BOOST_TEST((whole[0].unroutable == rows{11}));
  BOOST_TEST((whole[0].unconfirmed == rows{13}));
}

BOOST_AUTO_TEST_CASE(a_result_waits_for_its_queue_until_its_last_try) {
  confirm_collector results{8, {{1, true}, {2, true, true}, {3, true, true}}, relay};
  results.add(0, amqp::confirm::returned, "no route");
  results.add(1, amqp::confirm::returned, "no route");
  results.add(2, amqp::confirm::accepted, "");
  world.settle();
  BOOST_REQUIRE(whole.size() == 1U);
  BOOST_TEST((whole[0].unroutable == rows{1}));
  BOOST_TEST((whole[0].published == rows{2, 3}));
  BOOST_TEST(whole[0].waiting_replies == 1U);
  BOOST_TEST(whole[0].dropped_replies == 1U);
}

// A queue that does not confirm held up the settlement of every other row of its batch for eight seconds.
BOOST_AUTO_TEST_CASE(rows_answered_so_far_are_reported_without_those_of_a_target_that_does_not_confirm) {
  collector.report_part();
  world.settle();
  BOOST_TEST(parts.empty());
  collector.add(0, amqp::confirm::accepted, "");
  collector.add(3, amqp::confirm::unknown, "stalled");
  collector.report_part();
  collector.report_part();
  world.settle();
  BOOST_REQUIRE(parts.size() == 1U);
  BOOST_TEST(parts[0].batch == 7U);
  BOOST_TEST((parts[0].published == rows{10}));
  BOOST_TEST((parts[0].unconfirmed == rows{13}));
  collector.add(1, amqp::confirm::accepted, "");
  collector.add(2, amqp::confirm::accepted, "");
  world.settle();
  BOOST_REQUIRE(whole.size() == 1U);
  BOOST_TEST(whole[0].batch == 7U);
  BOOST_TEST((whole[0].published == rows{11, 12}));
  BOOST_TEST(whole[0].unconfirmed.empty());
}

BOOST_AUTO_TEST_SUITE_END()
