#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

#include <limits>

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::check_answer;
using millrace::test::task_database;
using enum millrace::postgres::task_state;
using enum millrace::postgres::inbox_verdict;

BOOST_FIXTURE_TEST_SUITE(accepting, task_database)

BOOST_AUTO_TEST_CASE(a_new_task_is_fresh_whatever_state_it_takes) {
  const struct {
    task_state state;
    std::uint32_t attempt;
  } table[] = {{running, 1}, {succeeded, 1}, {scheduled, 0}, {retrying, 0}, {dead, 0}, {cancelled, 0}, {expired, 0}};
  int n = 0;
  for (const auto& [state, attempt] : table) {
    check_answer(accept(delivery(++n, state, 7)), fresh, attempt, 1);
    BOOST_TEST(stand(n) == std::string(to_string(state)) + " " + std::to_string(attempt) + " 7 1");
  }
  BOOST_TEST(ask("select string_agg(state::text, ' ' order by id) from millrace.task where started_at is not null") ==
             "running succeeded");
  BOOST_TEST(ask("select string_agg(state::text, ' ' order by id) from millrace.task where finished_at is not null") ==
             "succeeded dead cancelled expired");
}

BOOST_AUTO_TEST_CASE(an_empty_call_asks_nothing_and_answers_nothing) { BOOST_TEST(accept(std::vector<row>{}).empty()); }

BOOST_AUTO_TEST_CASE(everything_a_delivery_says_is_kept) {
  auto r = delivery(1, dead);
  r.tenant = "acme";
  r.original_id = "order-17";
  r.correlation_id = "corr";
  r.traceparent = "00-abc";
  r.reply_to = "answers";
  r.published_at_us = 1'600'000'000'654'321;
  r.error = "too late";
  const std::string payload("\0\xff{\\}\"", 6);
  r.payload = payload;
  accept(r, "node-9");
  const auto found = find(id(1));
  BOOST_REQUIRE(found.size() == 1U);
  const auto& t = found[0];
  BOOST_TEST(t.tenant == "acme");
  BOOST_TEST(t.original_id == "order-17");
  BOOST_TEST(t.type == "notification.email");
  BOOST_TEST(t.queue == "email");
  BOOST_TEST(t.state == "dead");
  BOOST_TEST(t.content_type == "application/json");
  BOOST_TEST(t.correlation_id == "corr");
  BOOST_TEST(t.traceparent == "00-abc");
  BOOST_TEST(t.published_at == "2020-09-13T12:26:40.654321Z");
  BOOST_TEST(t.received_at == "2023-11-14T22:13:20.123456Z");
  BOOST_TEST(t.started_at == "");
  BOOST_TEST(!t.finished_at.empty());
  BOOST_TEST(t.error == "too late");
  BOOST_TEST(t.node == "node-9");
  BOOST_TEST(ask("select encode(payload, 'hex') || ' ' || reply_to from millrace.task") == "00ff7b5c7d22 answers");
}

BOOST_AUTO_TEST_CASE(a_task_is_found_by_its_original_id_and_within_its_tenant) {
  auto r = delivery(1);
  r.original_id = "order-17";
  auto other = delivery(1);
  other.tenant = "acme";
  accept({r, other});
  BOOST_TEST(find("order-17").size() == 1U);
  BOOST_TEST(find(id(1)).size() == 2U);
  BOOST_TEST(find(id(1), "acme").size() == 1U);
  BOOST_TEST(find("no such\xff thing").empty());
}

BOOST_AUTO_TEST_CASE(answers_come_in_the_order_of_the_rows) {
  accept({delivery(2, succeeded), delivery(4)});
  auto conflicting = delivery(2, succeeded);
  conflicting.payload = "[]";
  const auto answers = accept({delivery(5), delivery(4), delivery(3), conflicting, delivery(1)});
  BOOST_REQUIRE(answers.size() == 5U);
  check_answer(answers[0], fresh, 1, 1);
  check_answer(answers[1], resumed, 1, 2);
  check_answer(answers[2], fresh, 1, 1);
  check_answer(answers[3], conflict, 0, 0);
  check_answer(answers[4], fresh, 1, 1);
}

BOOST_AUTO_TEST_CASE(a_large_batch_is_inserted_without_a_lookup_and_retried_row_by_row_on_duplicates) {
  auto batch = [](int from, int to) {
    std::vector<row> rows;
    for (int n = from; n <= to; ++n) rows.push_back(delivery(n, succeeded));
    return rows;
  };
  for (auto& a : accept(batch(1, 60))) check_answer(a, fresh, 1, 1);
  const auto answers = accept(batch(51, 130));
  for (std::size_t i = 0; i < answers.size(); ++i)
    i < 10 ? check_answer(answers[i], duplicate, 0, 0) : check_answer(answers[i], fresh, 1, 1);
  BOOST_TEST(ask("select count(*) from millrace.task where state = 'succeeded'") == "130");
}

BOOST_AUTO_TEST_CASE(the_same_id_of_two_tenants_is_two_tasks) {
  auto other = delivery(1);
  other.tenant = "acme";
  check_answer(accept(other), fresh, 1, 1);
  const auto answers = accept({delivery(1), other});
  check_answer(answers[0], fresh, 1, 1);
  check_answer(answers[1], resumed, 1, 2);
}

BOOST_AUTO_TEST_CASE(a_waiting_task_is_claimed_by_the_next_generation) {
  accept(delivery(1, scheduled));
  check_answer(accept(delivery(1, running, 0)), duplicate, 0, 0);
  check_answer(accept(delivery(1, running, 2)), duplicate, 0, 0);
  BOOST_TEST(stand(1) == "scheduled 0 0 1");
  check_answer(accept(delivery(1, running, 1), "node-2"), fresh, 1, 2);
  BOOST_TEST(stand(1) == "running 1 1 2");
  BOOST_TEST(find(id(1)).at(0).node == "node-2");
  BOOST_TEST(finish(1, 2, retrying));
  check_answer(accept(delivery(1, running, 1)), duplicate, 0, 0);
  check_answer(accept(delivery(1, succeeded, 2)), fresh, 2, 3);
  BOOST_TEST(stand(1) == "succeeded 2 2 3");
}

BOOST_AUTO_TEST_CASE(a_waiting_task_that_expires_is_no_attempt) {
  accept(delivery(1, retrying));
  auto late = delivery(1, expired, 1);
  late.error = "expired";
  check_answer(accept(late), fresh, 0, 2);
  BOOST_TEST(stand(1) == "expired 0 1 2");
  BOOST_TEST(find(id(1)).at(0).error == "expired");
  BOOST_TEST(!find(id(1)).at(0).finished_at.empty());
}

BOOST_AUTO_TEST_CASE(a_running_task_is_resumed_and_its_former_claim_is_void) {
  accept(delivery(1, running, 3));
  check_answer(accept(delivery(1, running, 2)), duplicate, 0, 0);
  check_answer(accept(delivery(1, running, 4)), duplicate, 0, 0);
  check_answer(accept(delivery(1, running, 3), "node-2"), resumed, 1, 2);
  BOOST_TEST(find(id(1)).at(0).node == "node-2");
  BOOST_TEST(!finish(1, 1, dead));
  BOOST_TEST(finish(1, 2, succeeded));
  BOOST_TEST(stand(1) == "succeeded 1 3 2");
}

BOOST_AUTO_TEST_CASE(a_terminal_task_absorbs_redeliveries) {
  accept(delivery(1, succeeded, 1));
  for (const std::uint32_t generation : {0U, 1U, 2U})
    check_answer(accept(delivery(1, running, generation)), duplicate, 0, 0);
  BOOST_TEST(stand(1) == "succeeded 1 1 1");
}

BOOST_AUTO_TEST_CASE(another_payload_or_type_is_a_conflict_and_changes_nothing) {
  accept(delivery(1, running));
  auto payload = delivery(1);
  payload.payload = "{} ";
  check_answer(accept(payload), conflict, 0, 0);
  auto type = delivery(1);
  type.type = "notification.webhook";
  check_answer(accept(type), conflict, 0, 0);
  BOOST_TEST(stand(1) == "running 1 0 1");
  BOOST_TEST(ask("select type || encode(payload, 'escape') from millrace.task") == "notification.email{}");
}

BOOST_AUTO_TEST_CASE(a_replay_brings_its_edited_payload) {
  accept(delivery(1, retrying, 4));
  auto edited = delivery(1, running, 5);
  edited.payload = "{\"to\":\"b\"}";
  edited.content_type = "application/msgpack";
  check_answer(accept(edited), fresh, 1, 2);
  BOOST_TEST(ask("select encode(payload, 'escape') || content_type from millrace.task") ==
             "{\"to\":\"b\"}application/msgpack");
}

BOOST_AUTO_TEST_CASE(values_from_outside_cannot_fail_the_batch) {
  auto r = delivery(1, dead, std::numeric_limits<std::uint32_t>::max());
  r.error = std::string_view("a\0\xff\xed\xa0\x80", 6);
  r.correlation_id = "\x80";
  r.published_at_us = std::numeric_limits<std::int64_t>::max();
  const auto answers = accept({r, delivery(2)});
  check_answer(answers[0], fresh, 0, 1);
  check_answer(answers[1], fresh, 1, 1);
  BOOST_TEST(find(id(1)).at(0).generation == std::numeric_limits<std::uint32_t>::max());
  BOOST_TEST(find(id(1)).at(0).error.starts_with("a\xEF\xBF\xBD"));
}

BOOST_AUTO_TEST_CASE(a_large_batch_is_one_call) {
  std::vector<row> rows;
  for (int n = 2'000; n > 0; --n) rows.push_back(delivery(n, succeeded));
  const auto first = accept(rows);
  for (const auto& answer : first) BOOST_REQUIRE((answer.verdict == fresh));
  rows.push_back(delivery(2'001));
  const auto again = accept(rows);
  for (std::size_t i = 0; i < 2'000; ++i) BOOST_REQUIRE((again[i].verdict == duplicate));
  BOOST_TEST((again.back().verdict == fresh));
}

BOOST_AUTO_TEST_SUITE_END()
