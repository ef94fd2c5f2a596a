#include "connectors/postgres/task/cancellation.hpp"
#include "connectors/postgres/task/outbox_store.hpp"
#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

using namespace millrace;
using namespace millrace::postgres;
using enum millrace::postgres::task_state;
using enum millrace::postgres::inbox_verdict;

namespace {

struct cancelling : millrace::test::task_database {
  cancel_answer cancel(int n) {
    cancel_answer answer{};
    run([&](unit_of_work& work) { answer = postgres::cancel(work, "default", id(n), "", "ops@desk", "no longer wanted"); });
    return answer;
  }
  void check(int n, cancel_verdict verdict) { BOOST_TEST((cancel(n).verdict == verdict)); }
  std::string audit_options() { return ask("select count(*) from millrace.audit where action = 'task.cancel'"); }
  finish_verdict finish_as(int n, task_state state) {
    return finish(std::vector<finish_row>{
                      {.tenant = "default", .id = id(n), .claim = 1, .state = state, .result = {}, .error = {}}})
        .at(0);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cancellation, cancelling)

BOOST_AUTO_TEST_CASE(waiting_requests_fail_immediately_with_the_message) {
  accept({delivery(1, scheduled), delivery(2, retrying)});
  run([&](unit_of_work& work) {
    outbox_row message;
    message.routing_key = "email";
    message.message_id = id(1);
    message.headers = {{"tenant", "default"}};
    postgres::enqueue(work, {&message, 1});
  });
  check(1, cancel_verdict::cancelled);
  check(2, cancel_verdict::cancelled);
  BOOST_TEST(stand(1) == "cancelled 0 0 1");
  BOOST_TEST(!find(id(1)).at(0).finished_at.empty());
  BOOST_TEST(ask("select count(*) from millrace.outbox") == "0");
  BOOST_TEST(audit_options() == "2");
  millrace::test::check_answer(accept(delivery(1, running, 1)), duplicate, 0, 0);
}

BOOST_AUTO_TEST_CASE(a_running_task_with_a_cancel_request_may_succeed_but_is_not_retried) {
  accept({delivery(1), delivery(2), delivery(3)});
  for (int n : {1, 2, 3}) check(n, cancel_verdict::requested);
  BOOST_TEST((finish_as(1, succeeded) == finish_verdict::written));
  BOOST_TEST((finish_as(2, retrying) == finish_verdict::cancelled));
  BOOST_TEST((finish_as(3, scheduled) == finish_verdict::cancelled));
  BOOST_TEST(stand(1) == "succeeded 1 0 1");
  BOOST_TEST(stand(2) == "cancelled 1 0 1");
  BOOST_TEST(!find(id(2)).at(0).finished_at.empty());
}

BOOST_AUTO_TEST_CASE(a_request_is_forgotten_once_its_task_has_ended) {
  accept({delivery(1), delivery(2), delivery(3, scheduled)});
  for (int n : {1, 2, 3, 4}) cancel(n);  // two are running, one is scheduled, one is unknown
  const std::string open = "select count(*) from millrace.task where cancel_requested_at is not null";
  BOOST_TEST(ask(open) == "2");
  finish_as(1, succeeded);
  finish_as(2, retrying);
  BOOST_TEST(ask(open) == "0");
}

BOOST_AUTO_TEST_CASE(the_running_node_receives_the_cancel_request) {
  accept({delivery(1), delivery(2, running, 4)}, "node-1");
  check(2, cancel_verdict::requested);
  run([&](unit_of_work& work) {
    BOOST_TEST(cancel_requests(work, "node-2").empty());
    const auto requests = cancel_requests(work, "node-1");
    BOOST_REQUIRE(requests.size() == 1U);
    BOOST_TEST(requests[0].id == id(2));
    BOOST_TEST(requests[0].generation == 4U);
  });
}

BOOST_AUTO_TEST_CASE(a_task_cancelled_before_arrival_is_absorbed) {
  check(1, cancel_verdict::pending_arrival);
  millrace::test::check_answer(accept(delivery(1)), duplicate, 0, 0);
  BOOST_TEST(stand(1) == "cancelled 0 0 1");
  check(1, cancel_verdict::too_late);
}

BOOST_AUTO_TEST_CASE(a_finished_task_is_unchanged_by_a_cancel_request) {
  accept(delivery(1, succeeded));
  BOOST_TEST((cancel(1).state == succeeded));
  check(1, cancel_verdict::too_late);
  BOOST_TEST(stand(1) == "succeeded 1 0 1");
  BOOST_TEST(audit_options() == "0");
}

BOOST_AUTO_TEST_SUITE_END()
