#include "actors/delivery/in_flight_effects.hpp"

#include "actors/delivery/decoded_delivery.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace millrace;
using namespace millrace::actors;

namespace {

using started = in_flight_effects::started;
using executing = in_flight_effects::executing;
using finished = in_flight_effects::finished;

effect_key key(std::uint32_t generation = 0, std::string tenant = "default") {
  return {std::move(tenant), uuid{}, generation};
}

std::string result_of(const outcome& o) { return std::get<succeeded>(o).result; }

}  // namespace

BOOST_AUTO_TEST_SUITE(effect_journals)

BOOST_AUTO_TEST_CASE(an_effect_is_started_once_and_then_adopted) {
  in_flight_effects in_flight;
  BOOST_TEST(std::holds_alternative<started>(in_flight.start(key())));
  BOOST_TEST(std::holds_alternative<executing>(in_flight.start(key())));
  BOOST_TEST(in_flight.finish(key(), succeeded{"sent"}));
  const auto again = in_flight.start(key());
  BOOST_REQUIRE(std::holds_alternative<finished>(again));
  BOOST_TEST(result_of(std::get<finished>(again).result) == "sent");
  in_flight.remove(key());
  BOOST_TEST(in_flight.size() == 0u);
  BOOST_TEST(std::holds_alternative<started>(in_flight.start(key())));
}

BOOST_AUTO_TEST_CASE(generations_and_tenants_are_effects_of_their_own) {
  in_flight_effects in_flight;
  in_flight.start(key());
  BOOST_TEST(std::holds_alternative<started>(in_flight.start(key(1))));
  BOOST_TEST(std::holds_alternative<started>(in_flight.start(key(0, "other"))));
  BOOST_TEST(in_flight.size() == 3u);
}

BOOST_AUTO_TEST_CASE(each_listener_is_called_once_with_the_first_outcome) {
  in_flight_effects in_flight;
  std::vector<std::string> notified;
  in_flight.start(key());
  BOOST_TEST(in_flight.add_listener(key(), [&](const outcome&) { notified.push_back("one queue"); }));
  BOOST_TEST(in_flight.add_listener(key(), [&](const outcome& o) { notified.push_back(result_of(o)); }));
  BOOST_TEST(in_flight.finish(key(), succeeded{"first"}));
  BOOST_TEST(!in_flight.finish(key(), succeeded{"second"}));
  BOOST_TEST(notified == std::vector<std::string>({"one queue", "first"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_listener_added_late_is_called_immediately) {
  in_flight_effects in_flight;
  in_flight.start(key());
  in_flight.finish(key(), succeeded{"sent"});
  std::string notified;
  BOOST_TEST(in_flight.add_listener(key(), [&](const outcome& o) { notified = result_of(o); }));
  BOOST_TEST(notified == "sent");
}

BOOST_AUTO_TEST_CASE(an_unknown_or_removed_effect_has_no_outcome) {
  in_flight_effects in_flight;
  BOOST_TEST(!in_flight.finish(key(), succeeded{}));
  BOOST_TEST(!in_flight.add_listener(key(), [](const outcome&) { BOOST_ERROR("notified about an unknown effect"); }));
  in_flight.remove(key());
  BOOST_TEST(in_flight.size() == 0u);
}

// A second delivery of a task is recorded while its effect runs, and reaches the effect executor only after the outcome's
// commit.
BOOST_AUTO_TEST_CASE(a_delivery_registered_before_the_commit_still_finds_the_outcome) {
  in_flight_effects in_flight;
  in_flight.start(key());
  auto second_delivery = in_flight.register_delivery(key(), "email", nullptr);
  in_flight.finish(key(), succeeded{"sent"});
  in_flight.remove(key());
  const auto answer = in_flight.start(key());
  BOOST_REQUIRE(std::holds_alternative<finished>(answer));
  BOOST_TEST(result_of(std::get<finished>(answer).result) == "sent");
  second_delivery.reset();
  BOOST_TEST(in_flight.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_registration_alone_is_no_effect) {
  in_flight_effects in_flight;
  auto one = in_flight.register_delivery(key(), "email", nullptr);
  auto other = in_flight.register_delivery(key(), "email", nullptr);
  BOOST_TEST(!in_flight.finish(key(), succeeded{}));
  BOOST_TEST(
      !in_flight.add_listener(key(), [](const outcome&) { BOOST_ERROR("notified about an effect that was not started"); }));
  one.reset();
  BOOST_TEST(in_flight.size() == 1u);
  other.reset();
  BOOST_TEST(in_flight.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_running_effect_outlives_its_registrations) {
  in_flight_effects in_flight;
  {
    auto killed_actors = in_flight.register_delivery(key(), "email", nullptr);
    in_flight.start(key());
  }
  BOOST_TEST(std::holds_alternative<executing>(in_flight.start(key())));
  in_flight.finish(key(), succeeded{});
  BOOST_TEST(std::holds_alternative<finished>(in_flight.start(key())));
}

BOOST_AUTO_TEST_CASE(a_registered_effect_is_pending_until_it_is_released_or_committed) {
  in_flight_effects in_flight;
  const auto first = std::make_shared<const decoded_delivery>(), other = std::make_shared<const decoded_delivery>();
  in_flight.register_delivery(key(), "email", first).reset();  // the actor that registered it was killed
  in_flight.register_delivery(key(), "webhook", other).reset();
  BOOST_TEST(in_flight.pending("webhook").empty());
  BOOST_REQUIRE(in_flight.pending("email").size() == 1u);
  BOOST_TEST(in_flight.pending("email")[0] == first);
  in_flight.release_delivery(key(), other);  // for example a conflict: not the registered one
  BOOST_TEST(in_flight.pending("email").size() == 1u);
  in_flight.release_delivery(key(), first);
  BOOST_TEST(in_flight.size() == 0u);
  in_flight.register_delivery(key(1), "email", first).reset();
  in_flight.remove(key(1));
  BOOST_TEST(in_flight.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_started_effect_is_running_until_its_outcome_is_committed) {
  in_flight_effects in_flight;
  auto registration = in_flight.register_delivery(key(), "email", std::make_shared<const decoded_delivery>());
  BOOST_TEST(in_flight.count_running("email") == 0u);
  in_flight.start(key());
  BOOST_TEST(in_flight.count_running("email") == 1u);
  BOOST_TEST(in_flight.count_running("webhook") == 0u);
  in_flight.finish(key(), succeeded{});
  BOOST_TEST(in_flight.count_running("email") == 1u);
  in_flight.remove(key());
  BOOST_TEST(in_flight.count_running("email") == 0u);
}

BOOST_AUTO_TEST_CASE(a_listener_may_call_the_registry) {
  in_flight_effects in_flight;
  in_flight.start(key());
  in_flight.add_listener(key(), [&](const outcome&) { in_flight.remove(key()); });
  in_flight.finish(key(), succeeded{});
  BOOST_TEST(in_flight.size() == 0u);
}

BOOST_AUTO_TEST_CASE(however_the_threads_race_each_effect_is_reported_exactly_once) {
  constexpr std::uint32_t effects = 2'000;
  in_flight_effects in_flight;
  std::vector<std::atomic<int>> notified(effects);
  for (std::uint32_t i = 0; i < effects; ++i) in_flight.start(key(i));
  std::thread listener{[&] {
    for (std::uint32_t i = 0; i < effects; ++i)
      in_flight.add_listener(key(i), [&notified, i](const outcome&) { ++notified[i]; });
  }};
  std::thread finisher{[&] {
    for (std::uint32_t i = 0; i < effects; ++i) in_flight.finish(key(i), succeeded{});
  }};
  listener.join();
  finisher.join();
  for (std::uint32_t i = 0; i < effects; ++i) BOOST_REQUIRE(notified[i] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
