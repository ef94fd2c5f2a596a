#include "actors/delivery/in_flight_effects.hpp"

#include "actors/delivery/decoded_delivery.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace millrace;

namespace {

using started = effect_journal::started;
using executing = effect_journal::executing;
using finished = effect_journal::finished;

effect_key key(std::uint32_t generation = 0, std::string tenant = "default") {
  return {std::move(tenant), uuid{}, generation};
}

std::string result_of(const outcome& o) { return std::get<succeeded>(o).result; }

}  // namespace

BOOST_AUTO_TEST_SUITE(effect_journals)

BOOST_AUTO_TEST_CASE(an_effect_is_started_once_and_then_adopted) {
  effect_journal journal;
  BOOST_TEST(std::holds_alternative<started>(journal.begin(key())));
  BOOST_TEST(std::holds_alternative<executing>(journal.begin(key())));
  BOOST_TEST(journal.finish(key(), succeeded{"sent"}));
  const auto again = journal.begin(key());
  BOOST_REQUIRE(std::holds_alternative<finished>(again));
  BOOST_TEST(result_of(std::get<finished>(again).result) == "sent");
  journal.forget(key());
  BOOST_TEST(journal.size() == 0u);
  BOOST_TEST(std::holds_alternative<started>(journal.begin(key())));
}

BOOST_AUTO_TEST_CASE(generations_and_tenants_are_effects_of_their_own) {
  effect_journal journal;
  journal.begin(key());
  BOOST_TEST(std::holds_alternative<started>(journal.begin(key(1))));
  BOOST_TEST(std::holds_alternative<started>(journal.begin(key(0, "other"))));
  BOOST_TEST(journal.size() == 3u);
}

BOOST_AUTO_TEST_CASE(each_listener_is_told_the_first_outcome_once) {
  effect_journal journal;
  std::vector<std::string> told;
  journal.begin(key());
  BOOST_TEST(journal.attach(key(), [&](const outcome&) { told.push_back("one queue"); }));
  BOOST_TEST(journal.attach(key(), [&](const outcome& o) { told.push_back(result_of(o)); }));
  BOOST_TEST(journal.finish(key(), succeeded{"first"}));
  BOOST_TEST(!journal.finish(key(), succeeded{"second"}));
  BOOST_TEST(told == std::vector<std::string>({"one queue", "first"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_listener_that_comes_late_is_told_at_once) {
  effect_journal journal;
  journal.begin(key());
  journal.finish(key(), succeeded{"sent"});
  std::string told;
  BOOST_TEST(journal.attach(key(), [&](const outcome& o) { told = result_of(o); }));
  BOOST_TEST(told == "sent");
}

BOOST_AUTO_TEST_CASE(what_is_unknown_or_forgotten_stays_so) {
  effect_journal journal;
  BOOST_TEST(!journal.finish(key(), succeeded{}));
  BOOST_TEST(!journal.attach(key(), [](const outcome&) { BOOST_ERROR("told about an unknown effect"); }));
  journal.forget(key());
  BOOST_TEST(journal.size() == 0u);
}

// A second delivery of a task is counted while its effect runs, and reaches the runner only after the outcome's commit.
BOOST_AUTO_TEST_CASE(a_delivery_that_was_counted_before_the_commit_still_finds_the_outcome) {
  effect_journal journal;
  journal.begin(key());
  auto second_delivery = journal.keep(key(), "email", nullptr);
  journal.finish(key(), succeeded{"sent"});
  journal.forget(key());
  const auto answer = journal.begin(key());
  BOOST_REQUIRE(std::holds_alternative<finished>(answer));
  BOOST_TEST(result_of(std::get<finished>(answer).result) == "sent");
  second_delivery.reset();
  BOOST_TEST(journal.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_hold_alone_is_no_effect) {
  effect_journal journal;
  auto one = journal.keep(key(), "email", nullptr);
  auto other = journal.keep(key(), "email", nullptr);
  BOOST_TEST(!journal.finish(key(), succeeded{}));
  BOOST_TEST(!journal.attach(key(), [](const outcome&) { BOOST_ERROR("told about an effect that was not begun"); }));
  one.reset();
  BOOST_TEST(journal.size() == 1u);
  other.reset();
  BOOST_TEST(journal.size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_effect_under_way_outlives_its_holds) {
  effect_journal journal;
  {
    auto killed_actors = journal.keep(key(), "email", nullptr);
    journal.begin(key());
  }
  BOOST_TEST(std::holds_alternative<executing>(journal.begin(key())));
  journal.finish(key(), succeeded{});
  BOOST_TEST(std::holds_alternative<finished>(journal.begin(key())));
}

BOOST_AUTO_TEST_CASE(what_was_counted_stays_known_to_its_queue_until_it_is_dismissed_or_committed) {
  effect_journal journal;
  const auto first = std::make_shared<const inbound>(), other = std::make_shared<const inbound>();
  journal.keep(key(), "email", first).reset();  // the actor that counted it was killed
  journal.keep(key(), "webhook", other).reset();
  BOOST_TEST(journal.claimed("webhook").empty());
  BOOST_REQUIRE(journal.claimed("email").size() == 1u);
  BOOST_TEST(journal.claimed("email")[0] == first);
  journal.dismiss(key(), other);  // a conflict, say: not the one that is kept
  BOOST_TEST(journal.claimed("email").size() == 1u);
  journal.dismiss(key(), first);
  BOOST_TEST(journal.size() == 0u);
  journal.keep(key(1), "email", first).reset();
  journal.forget(key(1));
  BOOST_TEST(journal.size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_has_begun_is_under_way_until_its_outcome_is_committed) {
  effect_journal journal;
  auto hold = journal.keep(key(), "email", std::make_shared<const inbound>());
  BOOST_TEST(journal.under_way("email") == 0u);
  journal.begin(key());
  BOOST_TEST(journal.under_way("email") == 1u);
  BOOST_TEST(journal.under_way("webhook") == 0u);
  journal.finish(key(), succeeded{});
  BOOST_TEST(journal.under_way("email") == 1u);
  journal.forget(key());
  BOOST_TEST(journal.under_way("email") == 0u);
}

BOOST_AUTO_TEST_CASE(a_listener_may_use_the_journal) {
  effect_journal journal;
  journal.begin(key());
  journal.attach(key(), [&](const outcome&) { journal.forget(key()); });
  journal.finish(key(), succeeded{});
  BOOST_TEST(journal.size() == 0u);
}

BOOST_AUTO_TEST_CASE(however_the_threads_race_each_effect_is_reported_exactly_once) {
  constexpr std::uint32_t effects = 2'000;
  effect_journal journal;
  std::vector<std::atomic<int>> told(effects);
  for (std::uint32_t i = 0; i < effects; ++i) journal.begin(key(i));
  std::thread listener{[&] {
    for (std::uint32_t i = 0; i < effects; ++i) journal.attach(key(i), [&told, i](const outcome&) { ++told[i]; });
  }};
  std::thread finisher{[&] {
    for (std::uint32_t i = 0; i < effects; ++i) journal.finish(key(i), succeeded{});
  }};
  listener.join();
  finisher.join();
  for (std::uint32_t i = 0; i < effects; ++i) BOOST_REQUIRE(told[i] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
