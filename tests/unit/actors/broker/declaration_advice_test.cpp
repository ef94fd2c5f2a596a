#include "actors/broker/declaration_advice.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace millrace;
using namespace millrace::actors;

namespace {

amqp::declaration_result failed_with(std::uint16_t code, std::string problem) {
  return {"q", true, code, std::move(problem), {}};
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(declaration_advice)

BOOST_AUTO_TEST_CASE(a_difference_is_read_from_each_form_of_the_broker_s_error) {
  struct {
    std::string error;
    argument_difference want;
  } cases[] = {
      {"PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is "
       "'classic' (406)",
       {"x-queue-type", "classic", "quorum"}},
      {"PRECONDITION_FAILED - inequivalent arg 'x-max-priority' for queue 'q' in vhost '/': received the value '5' of type "
       "'long' but current is the value '10' of type 'signedint'",
       {"x-max-priority", "10", "5"}},
      {"PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received the value '20' of "
       "type "
       "'signedint' but current is none",
       {"x-delivery-limit", "none", "20"}},
      {"PRECONDITION_FAILED - inequivalent arg 'x-overflow' for queue 'q' in vhost '/': received none but current is the "
       "value 'drop-head' of type 'longstr'",
       {"x-overflow", "drop-head", "none"}},
      {"PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'",
       {"durable", "false", "true"}},
  };
  for (auto& [error, want] : cases) {
    auto got = read_difference(error);
    BOOST_REQUIRE_MESSAGE(got, error);
    BOOST_TEST((*got == want), error << ": " << got->argument << ' ' << got->have << ' ' << got->want);
  }
  BOOST_TEST(!read_difference("NOT_FOUND - no exchange 'x' in vhost '/'"));
  BOOST_TEST(!read_difference("inequivalent arg 'x"));
}

BOOST_AUTO_TEST_CASE(other_arguments_are_named_with_both_values_and_what_to_do) {
  auto failed =
      failed_with(406,
                  "cannot declare queue 'q': PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in "
                  "vhost '/': received 'quorum' but current is 'classic' (406)");
  BOOST_TEST(explain(failed) == "queue 'q' exists with other arguments: x-queue-type is classic and must be quorum");
  BOOST_TEST(contains(advice_for(failed), "drain the queue"), advice_for(failed));
}

BOOST_AUTO_TEST_CASE(each_reason_has_its_own_advice) {
  BOOST_TEST(contains(advice_for(failed_with(403, "ACCESS_REFUSED")), "configure permission"));
  BOOST_TEST(contains(advice_for(failed_with(404, "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' is down")),
                      "broker node"));
  BOOST_TEST(contains(advice_for(failed_with(405, "RESOURCE_LOCKED")), "exclusively"));
  BOOST_TEST(contains(advice_for(failed_with(406,
                                             "PRECONDITION_FAILED - cannot declare queue 'q': queue limit in vhost '/' "
                                             "(5) is reached")),
                      "raise the queue limit"));
  BOOST_TEST(contains(advice_for(failed_with(0, "no answer within 30000 ms")), "majority"));
}

BOOST_AUTO_TEST_SUITE_END()
