#include "connectors/postgres/task/inbox_decision.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace millrace::postgres;

namespace {

known_task row(task_state state, std::uint32_t generation = 4) {
  return {.state = state, .generation = generation, .attempt = 3, .claim = 9};
}

void check_untouched(const inbox_decision& decision, inbox_verdict verdict) {
  BOOST_TEST((decision.answer.verdict == verdict));
  BOOST_TEST(!decision.writes);
  BOOST_TEST(!decision.takes_payload);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inbox_decision)

BOOST_AUTO_TEST_CASE(a_waiting_row_is_claimed_by_the_next_generation_only) {
  for (const auto state : {task_state::scheduled, task_state::retrying}) {
    const auto claimed = decide(row(state), 5, task_state::running);
    BOOST_TEST((claimed.answer.verdict == inbox_verdict::fresh));
    BOOST_TEST(claimed.answer.attempt == 4U);
    BOOST_TEST(claimed.answer.claim == 10);
    BOOST_TEST(claimed.writes);
    BOOST_TEST(!claimed.takes_payload);
    for (const std::uint32_t other : {0U, 3U, 4U, 6U})
      check_untouched(decide(row(state), other, task_state::running), inbox_verdict::duplicate);
  }
}

BOOST_AUTO_TEST_CASE(only_an_execution_counts_as_an_attempt) {
  BOOST_TEST(decide(row(task_state::retrying), 5, task_state::succeeded).answer.attempt == 4U);
  for (const auto state :
       {task_state::scheduled, task_state::retrying, task_state::dead, task_state::expired, task_state::cancelled})
    BOOST_TEST(decide(row(task_state::retrying), 5, state).answer.attempt == 3U);
}

BOOST_AUTO_TEST_CASE(a_running_row_is_resumed_by_its_own_generation_with_a_new_claim_and_no_new_attempt) {
  const auto resumed = decide(row(task_state::running), 4, task_state::running);
  BOOST_TEST((resumed.answer.verdict == inbox_verdict::resumed));
  BOOST_TEST(resumed.answer.attempt == 3U);
  BOOST_TEST(resumed.answer.claim == 10);
  BOOST_TEST(resumed.writes);
  for (const std::uint32_t other : {3U, 5U})
    check_untouched(decide(row(task_state::running), other, task_state::running), inbox_verdict::duplicate);
}

BOOST_AUTO_TEST_CASE(a_task_of_a_live_process_is_awaited_and_a_leased_task_needs_no_copy) {
  for (const auto wanted : {task_state::running, task_state::dead, task_state::expired}) {
    auto elsewhere = row(task_state::running);
    elsewhere.by = known_task::executor::alive;
    check_untouched(decide(elsewhere, 4, wanted), inbox_verdict::blocked);
    elsewhere.leased = true;
    check_untouched(decide(elsewhere, 4, wanted), inbox_verdict::leased);
  }
  auto here = row(task_state::running);
  here.by = known_task::executor::caller;
  BOOST_TEST((decide(here, 4, task_state::running).answer.verdict == inbox_verdict::resumed));
  check_untouched(decide(here, 4, task_state::dead), inbox_verdict::blocked);
}

BOOST_AUTO_TEST_CASE(a_process_continues_a_claimed_task_even_after_it_expired) {
  auto here = row(task_state::running);
  here.by = known_task::executor::caller;
  const auto again = decide(here, 4, task_state::expired, true);
  BOOST_TEST((again.answer.verdict == inbox_verdict::resumed));
  BOOST_TEST((again.state == task_state::running));
}

BOOST_AUTO_TEST_CASE(a_task_with_a_cancel_request_is_not_restarted_after_its_process_died) {
  auto asked = row(task_state::running);
  asked.cancel_requested = true;
  BOOST_TEST(decide(asked, 4, task_state::running).answer.cancelled);
  BOOST_TEST((decide(asked, 4, task_state::dead).state == task_state::running));  // from where it ends as cancelled
  asked.by = known_task::executor::caller;
  BOOST_TEST(!decide(asked, 4, task_state::running).answer.cancelled);
}

BOOST_AUTO_TEST_CASE(a_started_task_does_not_expire_on_redelivery) {
  const auto resumed = decide(row(task_state::running), 4, task_state::expired);
  BOOST_TEST((resumed.answer.verdict == inbox_verdict::resumed));
  BOOST_TEST((resumed.state == task_state::running));
  BOOST_TEST((decide(row(task_state::retrying), 5, task_state::expired).state == task_state::expired));
}

BOOST_AUTO_TEST_CASE(a_terminal_row_absorbs_every_delivery) {
  for (const auto state : {task_state::succeeded, task_state::dead, task_state::cancelled, task_state::expired})
    for (const std::uint32_t generation : {3U, 4U, 5U})
      check_untouched(decide(row(state), generation, task_state::succeeded), inbox_verdict::duplicate);
}

BOOST_AUTO_TEST_CASE(another_payload_is_a_conflict_except_for_the_generation_the_row_waits_for) {
  auto known = row(task_state::retrying);
  known.same_payload = false;
  check_untouched(decide(known, 4, task_state::running), inbox_verdict::conflict);
  const auto edited = decide(known, 5, task_state::running);
  BOOST_TEST((edited.answer.verdict == inbox_verdict::fresh));
  BOOST_TEST(edited.takes_payload);
  for (const auto state : {task_state::running, task_state::succeeded, task_state::dead}) {
    known.state = state;
    check_untouched(decide(known, 4, task_state::running), inbox_verdict::conflict);
    check_untouched(decide(known, 5, task_state::running), inbox_verdict::conflict);
  }
}

BOOST_AUTO_TEST_CASE(another_type_is_always_a_conflict) {
  for (const auto state : {task_state::scheduled, task_state::running, task_state::retrying, task_state::succeeded}) {
    auto known = row(state);
    known.same_type = false;
    for (const std::uint32_t generation : {4U, 5U})
      check_untouched(decide(known, generation, task_state::running), inbox_verdict::conflict);
  }
}

BOOST_AUTO_TEST_CASE(generations_do_not_wrap_around) {
  constexpr auto last = std::numeric_limits<std::uint32_t>::max();
  check_untouched(decide(row(task_state::retrying, last), 0, task_state::running), inbox_verdict::duplicate);
}

BOOST_AUTO_TEST_SUITE_END()
