#include "tests/unit/actors/pipeline/committer_scene.hpp"

using namespace millrace;
using namespace millrace::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(failing_commits, committing)

BOOST_AUTO_TEST_CASE(a_batch_with_invalid_data_is_halved_until_the_task_is_alone_and_dead) {
  deliver(4);
  fail(failure_class::isolate);
  BOOST_TEST(tags() == "1 2");
  deliver(1);  // waits for all parts
  succeed();
  BOOST_TEST(tags() == "3 4");
  fail(failure_class::isolate);
  BOOST_TEST(tags() == "3");
  BOOST_TEST(!plan().forced_outcome.has_value());
  fail(failure_class::isolate);
  BOOST_TEST(tags() == "3");
  BOOST_REQUIRE(plan().forced_outcome.has_value());
  BOOST_TEST((std::get<dead>(*plan().forced_outcome).reason == dead_reason::poison));
  BOOST_TEST(std::get<dead>(*plan().forced_outcome).error == "no (SQLSTATE 22003)");
  succeed();
  BOOST_TEST(tags() == "4");
  succeed();
  BOOST_TEST(acknowledged_tags() == "1 2 3 4");
  BOOST_TEST(tags() == "5");
}

BOOST_AUTO_TEST_CASE(a_lone_task_gets_the_outcome_of_its_failure) {
  deliver(1);
  fail(failure_class::isolate, "");  // an exception of the handler
  BOOST_REQUIRE(plan().forced_outcome.has_value());
  BOOST_TEST((std::get<retry>(*plan().forced_outcome).error == "no"));
  succeed();
  deliver(1);
  fail(failure_class::isolate, std::string{postgres::query_canceled});
  BOOST_TEST((std::get<snooze>(*plan().forced_outcome).after == 5min));
  succeed();
  deliver(1);
  *units.front().work.target<batch_work>()->refused = true;
  fail(failure_class::isolate);
  BOOST_TEST((std::get<dead>(*plan().forced_outcome).reason == dead_reason::invalid_follow_up));
}

BOOST_AUTO_TEST_CASE(a_slow_task_of_an_ordered_queue_keeps_its_place) {
  start(true);
  deliver(1);
  BOOST_TEST(plan().ordered);
  fail(failure_class::isolate, std::string{postgres::query_canceled});
  BOOST_TEST(units.empty());
  world.advance(5s);
  BOOST_TEST(tags() == "1");
  BOOST_TEST(!plan().forced_outcome.has_value());
}

BOOST_AUTO_TEST_CASE(a_task_of_an_ordered_queue_that_stays_too_slow_is_dead_before_the_broker_takes_it_back) {
  start(true);
  deliver(2);
  const auto too_slow = std::string{postgres::query_canceled};
  fail(failure_class::isolate, too_slow);
  const auto patience = shared->settings.amqp.consumer_timeout / 2;
  auto waited = 0s;
  while (!plan().forced_outcome && waited < 2 * patience) {
    BOOST_TEST(tags() == "1");
    fail(failure_class::isolate, too_slow);
    if (!units.empty()) break;
    world.advance(5s);
    waited += 5s;
  }
  BOOST_TEST((waited >= patience && waited < patience + 5s));
  BOOST_REQUIRE(plan().forced_outcome.has_value());
  BOOST_TEST((std::get<dead>(*plan().forced_outcome).reason == dead_reason::poison));
  succeed();
  BOOST_TEST(tags() == "2");
  fail(failure_class::isolate, too_slow);  // its own time begins
  BOOST_TEST(units.empty());
}

BOOST_AUTO_TEST_CASE(any_other_failure_is_retried_as_a_whole_after_five_seconds) {
  for (auto kind : {failure_class::stop, failure_class::retry, failure_class::in_doubt, failure_class::pause}) {
    const auto before = acknowledged.size();
    deliver(2);
    const auto batch = tags();
    fail(kind);
    deliver(1);
    BOOST_TEST(units.empty());
    world.advance(4'999ms);
    BOOST_TEST(units.empty());
    world.advance(1ms);
    BOOST_TEST(tags() == batch);
    BOOST_TEST(acknowledged.size() == before);
    succeed();
    succeed();
    BOOST_TEST(acknowledged.size() == before + 3);
  }
}

BOOST_AUTO_TEST_CASE(a_forced_outcome_that_cannot_be_recorded_is_not_forced_again) {
  deliver(1);
  fail(failure_class::isolate);
  fail(failure_class::isolate);
  BOOST_TEST(units.empty());
  world.advance(5s);
  BOOST_TEST(!plan().forced_outcome.has_value());
}

BOOST_AUTO_TEST_CASE(a_restarted_pool_gets_the_open_transaction_again_and_counts_it_once) {
  deliver(1);
  auto first = units.front().sequence;
  caf::anon_send_exit(pool, caf::exit_reason::kill);
  world.settle();
  units.clear();
  start_pool();
  world.advance(20ms);
  BOOST_TEST(tags() == "1");
  succeed();
  send(unit_done{first, std::any{std::make_shared<const commit_result>()}});
  BOOST_TEST(acknowledged_tags() == "1");
}

BOOST_AUTO_TEST_SUITE_END()
