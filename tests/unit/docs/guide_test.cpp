// Runs the fragments of docs/guides/write-a-handler.md, in the surroundings that the guide describes.
#include "runtime/task/handler_registry.hpp"

#include <boost/test/unit_test.hpp>

#include <actors/handlers/close_month.hpp>
#include <actors/handlers/ring_bell.hpp>

using namespace millrace;
using namespace millrace::handlers;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(guide)

BOOST_AUTO_TEST_CASE(a_success_asks_for_a_valid_follow_up) {
  const std::string mail = R"({"to": "ada@example.org", "subject": "Posted", "text": "It is done."})";
  const outcome asked = [&]() -> outcome {
#include <follow_up.inc>
  }();
  const auto* done = std::get_if<succeeded>(&asked);
  BOOST_REQUIRE(done);
  BOOST_TEST(done->then.size() == 1U);
  BOOST_TEST(check_follow_ups(done->then).value_or("") == "");
}

BOOST_AUTO_TEST_CASE(the_handlers_are_registered_under_their_types) {
  registry handlers;
#include <register.inc>
  const auto* month = handlers.find("ledger.close_month");
  BOOST_REQUIRE(month);
  BOOST_TEST(month->transactional());
  BOOST_TEST(month->policy.id_required);
  const auto* bell = handlers.find("door.ring");
  BOOST_REQUIRE(bell);
  BOOST_TEST(!bell->transactional());
}

BOOST_AUTO_TEST_SUITE_END()
