#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::task_database;
using enum millrace::postgres::task_state;

namespace {
finish_row outcome(int n, std::int64_t claim, task_state state) {
  return {.tenant = "default", .id = task_database::id(n), .claim = claim, .state = state, .result = {}, .error = {}};
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(finishing, task_database)

BOOST_AUTO_TEST_CASE(only_the_holder_of_the_claim_writes) {
  accept({delivery(1), delivery(2), delivery(3)});
  const auto done =
      finish({outcome(3, 1, succeeded), outcome(2, 7, dead), outcome(1, 1, retrying), outcome(9, 1, dead)}, "node-2");
  using enum finish_verdict;
  BOOST_TEST((done == std::vector{written, fenced, written, fenced}));
  BOOST_TEST(stand(1) == "retrying 1 0 1");
  BOOST_TEST(stand(2) == "running 1 0 1");
  BOOST_TEST(stand(3) == "succeeded 1 0 1");
}

// A unit of work of a killed actor may run late and raise the claim that its successor's execution began under.
BOOST_AUTO_TEST_CASE(a_node_may_finish_its_own_task_under_any_of_its_claims) {
  accept(delivery(1, running, 3));
  accept(delivery(1, running, 3));
  BOOST_TEST(stand(1) == "running 1 3 2");
  auto end = outcome(1, 1, succeeded);
  end.generation = 2;
  BOOST_TEST((finish({end}).at(0) == finish_verdict::fenced));
  end.generation = 3;
  BOOST_TEST((finish({end}, "node-2").at(0) == finish_verdict::fenced));
  BOOST_TEST((finish({end}).at(0) == finish_verdict::written));
  BOOST_TEST(stand(1) == "succeeded 1 3 2");
  end.state = dead;
  BOOST_TEST((finish({end}).at(0) == finish_verdict::fenced));
  BOOST_TEST(stand(1) == "succeeded 1 3 2");
}

BOOST_AUTO_TEST_CASE(only_terminal_tasks_have_an_end) {
  const task_state states[] = {succeeded, dead, cancelled, expired, retrying, scheduled};
  int n = 0;
  for (const auto state : states) {
    accept(delivery(++n));
    finish(n, 1, state);
    BOOST_TEST(find(id(n)).at(0).finished_at.empty() == (state == retrying || state == scheduled));
  }
}

BOOST_AUTO_TEST_CASE(a_correction_in_the_same_transaction_undoes_the_assumed_success) {
  run([&](unit_of_work& work) {
    postgres::accept(work, std::vector{delivery(1, succeeded)}, {"node-1"});
    auto correction = outcome(1, 1, retrying);
    correction.accepted = succeeded;
    BOOST_TEST((postgres::finish(work, std::vector{correction}, "node-1").at(0) == finish_verdict::written));
  });
  BOOST_TEST(stand(1) == "retrying 1 0 1");
  BOOST_TEST(find(id(1)).at(0).finished_at == "");
}

BOOST_AUTO_TEST_CASE(a_snooze_takes_its_attempt_back_once) {
  accept(delivery(1));
  auto snoozed = outcome(1, 1, scheduled);
  snoozed.counts = false;
  BOOST_TEST((finish({snoozed}).at(0) == finish_verdict::written));
  BOOST_TEST(stand(1) == "scheduled 0 0 1");
  accept(delivery(1, running, 1));
  finish(1, 2, retrying);
  accept(delivery(1, running, 2));
  BOOST_TEST(stand(1) == "running 2 2 3");
  snoozed.claim = 3;
  BOOST_TEST((finish({snoozed}).at(0) == finish_verdict::written));
  BOOST_TEST((finish({snoozed}).at(0) == finish_verdict::fenced));  // again, after a COMMIT in doubt
  BOOST_TEST(stand(1) == "scheduled 1 2 3");
}

BOOST_AUTO_TEST_CASE(result_and_error_are_kept_and_bad_bytes_fail_nothing) {
  accept({delivery(1), delivery(2)});
  auto good = outcome(1, 1, succeeded);
  good.result = R"({"sent":true,"note":"\u0000"})";
  auto bad = outcome(2, 1, dead);
  bad.error = std::string_view("550 \0\xff no", 9);
  finish({good, bad});
  BOOST_TEST(find(id(1)).at(0).result == good.result);
  BOOST_TEST(find(id(1)).at(0).error == "");
  BOOST_TEST(find(id(2)).at(0).error == "550 \xEF\xBF\xBD no");
}

BOOST_AUTO_TEST_CASE(an_endless_error_text_is_cut) {
  accept(delivery(1));
  const std::string endless(100'000, 'x');
  auto bad = outcome(1, 1, dead);
  bad.error = endless;
  finish({bad});
  BOOST_TEST(find(id(1)).at(0).error.size() == 8'192U);
}

BOOST_AUTO_TEST_CASE(nothing_to_finish_asks_nothing) { BOOST_TEST(finish(std::vector<finish_row>{}).empty()); }

BOOST_AUTO_TEST_SUITE_END()
