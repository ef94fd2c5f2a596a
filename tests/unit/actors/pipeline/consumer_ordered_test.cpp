// How a consumer of an ordered queue dispatches and hands over.
#include "tests/unit/actors/pipeline/consumer_scene.hpp"

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;

namespace {

struct ordered_scene : consumer_scene {
  void start() { consumer_scene::start(10, true); }
  /// Presence in a database that does not answer is never held.
  void lose_presence() {
    postgres::session_options nowhere;
    nowhere.url = config::secret{"postgresql://127.0.0.1:1/none"};
    shared->presence = std::make_unique<postgres::presence>(nowhere, "node", [](bool, const std::string&) {});
  }
  void regain_presence() { shared->presence = nullptr; }
  void check_presence() {
    world.advance(std::chrono::milliseconds{500});
    settle_all();
  }
  /// The delivery tags of each message that the committer has received, as "1 2, 3".
  std::string committed() const {
    std::string all;
    for (auto& batch : commits)
      for (auto& i : batch)
        all += (all.empty() ? "" : &i == &batch[0] ? ", " : " ") + std::to_string(static_cast<std::uint64_t>(i.key.tag));
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ordered_consumers, ordered_scene)

BOOST_AUTO_TEST_CASE(its_subscription_is_ordered_and_never_returns_a_single_delivery) {
  start();
  BOOST_REQUIRE(broker->subscriptions().size() == 1U);
  BOOST_TEST(broker->subscriptions()[0].ordered);
  deliver(3);
  BOOST_TEST(committed() == "1 2 3");
  commit({key(1), key(2), key(3)});
  BOOST_TEST(settlements() == "3*");
}

BOOST_AUTO_TEST_CASE(a_pause_starts_and_acknowledges_nothing_until_all_that_was_started_is_settled) {
  start();
  deliver(3);
  limit({.paused = true});
  commit({key(1)});
  BOOST_TEST(settlements() == "");
  BOOST_TEST(broker->channels() == 1U);
  deliver(1);
  BOOST_TEST(committed() == "1 2 3");
  commit({key(2), key(3)});
  BOOST_TEST(settlements() == "3*");
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 1U);
}

BOOST_AUTO_TEST_CASE(a_reject_during_a_hand_over_leaves_with_the_last_acknowledgement) {
  start();
  deliver(2);
  limit({.paused = true});
  send(settled{{}, {key(1)}});
  BOOST_TEST(settlements() == "");
  commit({key(2)});
  BOOST_TEST(settlements() == "1! 2");
  BOOST_TEST(broker->dead_lettered() == 1U);
  BOOST_TEST(broker->ready("work") == 0U);
}

BOOST_AUTO_TEST_CASE(a_hand_over_returns_what_the_rate_limit_holds_back_in_order) {
  start();
  limit({.rate = 1});
  deliver(3);
  const auto first = committed();
  limit({.paused = true, .rate = 1});
  for (auto& k : keys()) commit({k});
  BOOST_TEST(broker->channels() == 0U);
  limit({});
  BOOST_TEST(committed() == first + ", 1 2" + (first.empty() ? " 3" : ""));
  BOOST_TEST(commits.back()[0].source.redelivered);
}

BOOST_AUTO_TEST_CASE(a_drain_hands_over_and_is_answered_when_the_connection_is_closed) {
  start();
  deliver(2);
  drain();
  BOOST_TEST(drained == 0U);
  commit({key(1)});
  BOOST_TEST(drained == 0U);
  commit({key(2)});
  BOOST_TEST(drained == 1U);
  BOOST_TEST(settlements() == "2*");
  BOOST_TEST(broker->channels() == 0U);
}

BOOST_AUTO_TEST_CASE(a_channel_lost_during_a_hand_over_ends_it_and_settles_nothing) {
  start();
  deliver(2);
  limit({.paused = true});
  send(settled{{}, {key(1)}});
  broker->lose_channels();
  settle_all();
  commit({key(2)});
  BOOST_TEST(settlements() == "");
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(broker->ready("work") == 2U);
  limit({});
  BOOST_TEST(commits.back().size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_pause_during_a_hand_over_opens_a_new_connection_and_drops_the_acknowledgements) {
  start();
  deliver(2);
  limit({.paused = true});
  commit({key(1)});
  limit({});
  BOOST_TEST(settlements() == "");
  BOOST_TEST(committed() == "1 2, 1 2");
  commit({key(2, 1)});
  BOOST_TEST(settlements() == "");
  commit({key(1, 2), key(2, 2)});
  BOOST_TEST(settlements() == "2*");
}

BOOST_AUTO_TEST_CASE(a_node_without_presence_does_not_consume) {
  lose_presence();
  start();
  BOOST_TEST(broker->subscriptions().empty());
  BOOST_TEST(!ready());
  deliver(1);
  check_presence();
  BOOST_TEST(commits.empty());
  regain_presence();
  check_presence();
  BOOST_TEST(committed() == "1");
  BOOST_TEST(ready());
}

BOOST_AUTO_TEST_CASE(a_lost_presence_closes_the_connection_and_settles_nothing) {
  start();
  deliver(2);
  lose_presence();
  check_presence();
  BOOST_TEST(broker->channels() == 0U);
  BOOST_TEST(!ready());
  commit({key(1), key(2)});
  BOOST_TEST(settlements() == "");
  BOOST_TEST(broker->ready("work") == 2U);
  regain_presence();
  check_presence();
  BOOST_TEST(committed() == "1 2, 1 2");
}

BOOST_AUTO_TEST_CASE(a_suspect_is_executed_alone_in_its_place) {
  start();
  deliver(1);
  const auto suspect = commits[0][0].what;
  shared->quarantined.replace({{suspect.tenant, suspect.id}});
  deliver(1);
  published = 0;  // the suspect's id again
  deliver(1);
  deliver(1);
  BOOST_TEST(committed() == "1, 2");
  BOOST_TEST(isolated.empty());
  commit({key(1), key(2)});
  BOOST_REQUIRE(isolated.size() == 1U);
  BOOST_TEST((isolated[0].delivery.key == key(3)));
  BOOST_TEST(committed() == "1, 2");
  commit({key(3)});
  BOOST_TEST(committed() == "1, 2, 4");
}

BOOST_AUTO_TEST_SUITE_END()
