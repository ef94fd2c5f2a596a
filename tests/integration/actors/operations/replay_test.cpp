#include "actors/operations/retry_task.hpp"
#include "tests/integration/actors/operations/dead_letter_fixture.hpp"

#include <thread>

using namespace millrace;
using namespace millrace::operations;
using namespace millrace::postgres;
using millrace::test::dead_letters_database;
using millrace::test::next_run;

BOOST_FIXTURE_TEST_SUITE(replaying, dead_letters_database)

BOOST_AUTO_TEST_CASE(a_replayed_task_waits_for_the_generation_that_the_outbox_holds) {
  die(1);
  auto results = replay({dead_letter_id(1)});
  BOOST_REQUIRE(results.size() == 1U);
  BOOST_TEST(results[0].refusal == "");
  BOOST_TEST(results[0].task_id == id(1));
  BOOST_TEST(stand(1) == "retrying 0 0 1");
  BOOST_TEST(ask("select concat_ws(' ', exchange, routing_key, type, message_id, headers->>'millrace-generation',"
                 " convert_from(body, 'UTF8')) from millrace.outbox") ==
             " email notification.email " + id(1) + R"( 1 {"to":"a"})");

  auto next = delivery(1, task_state::running, 1);
  next.payload = payload;
  test::check_answer(accept(next), inbox_verdict::fresh, 1, 2);
  BOOST_TEST(finish(1, 2, task_state::succeeded));
  test::check_answer(accept(next), inbox_verdict::duplicate, 0, 0);
  BOOST_TEST(stand(1) == "succeeded 1 1 2");
}

BOOST_AUTO_TEST_CASE(the_dead_letter_and_the_audit_log_keep_actor_time_and_reason) {
  die(1);
  die(2);
  replay({dead_letter_id(1), dead_letter_id(2)});
  BOOST_TEST(ask("select string_agg(concat_ws(' ', replayed_at is not null, replayed_by, why, run_id), ',')"
                 " from millrace.dead_letter where id = '" +
                 dead_letter_id(1) + "'") == "t ada@host INC-42 20000000-0000-7000-8000-000000000001");
  BOOST_TEST(audit_rows("dead.replay") == "1");
  BOOST_TEST(
      ask("select string_agg(concat_ws(' ', actor, tenant, subject, detail::jsonb->>'reason', detail::jsonb->>'task_id'),"
          " ',' order by subject) from millrace.audit where action = 'dead.replay_dead_letter'") ==
      "ada@host default " + dead_letter_id(1) + " INC-42 " + id(1) + ",ada@host default " + dead_letter_id(2) + " INC-42 " +
          id(2));
}

BOOST_AUTO_TEST_CASE(a_dead_letter_is_replayed_once) {
  die(1);
  replay({dead_letter_id(1)});
  auto results = replay({dead_letter_id(1)}, next_run());
  BOOST_TEST(results.at(0).refusal.find("was replayed at") != std::string::npos);
  results = replay({dead_letter_id(1)}, next_run(true));
  BOOST_TEST(results.at(0).refusal.find("its task is retrying") != std::string::npos);
  BOOST_TEST(outbox_rows() == "1");
  BOOST_TEST(audit_rows("dead.replay_dead_letter") == "1");
}

BOOST_AUTO_TEST_CASE(a_task_is_retried_from_its_own_dead_letter_despite_a_later_message_with_its_id) {
  die(1);
  add_dead_letter(1, 0, "id_conflict", 2);
  settled_dead_letter result;
  run([&](unit_of_work& work) {
    result = retry_task(work, config::settings{}, {id(1), "default", {"ada@host", "INC-42", order().by.run_id}, "{}"});
  });
  BOOST_TEST(result.refusal == "");
  BOOST_TEST(result.id == dead_letter_id(1));
}

BOOST_AUTO_TEST_CASE(the_same_transaction_may_be_repeated_after_a_commit_in_doubt) {
  die(1);
  replay({dead_letter_id(1)});
  auto results = replay({dead_letter_id(1)});
  BOOST_TEST(results.at(0).refusal == "");
  BOOST_TEST(outbox_rows() == "1");
  BOOST_TEST(audit_rows("dead.replay") == "1");
}

BOOST_AUTO_TEST_CASE(an_id_that_does_not_exist_is_refused_and_the_others_are_replayed) {
  die(1);
  auto results = replay({dead_letter_id(9), dead_letter_id(1)});
  BOOST_REQUIRE(results.size() == 2U);
  BOOST_TEST(results[0].refusal == "");
  BOOST_TEST(results[1].refusal == "no such dead letter");
}

BOOST_AUTO_TEST_CASE(two_concurrent_operators_replay_each_dead_letter_once) {
  constexpr int dead_letters = 200;
  std::vector<std::string> ids;
  for (int n = 1; n <= dead_letters; ++n) {
    if (n % 2 == 0)
      die(n);
    else
      add_dead_letter(n);  // its task is gone: only the dead letter can prevent a second replay
    ids.push_back(dead_letter_id(n));
  }
  int replayed[2] = {};
  {
    std::vector<std::jthread> operators;
    for (int who : {0, 1})
      operators.emplace_back([&, who] {
        postgres::session own{options()};
        auto by = who == 0 ? order() : next_run();
        for (int n = 0; n < dead_letters; n += 10) {
          const std::vector<std::string> batch(ids.begin() + n, ids.begin() + n + 10);
          int done = 0;
          const auto result = own.run([&](unit_of_work& work) {
            done = 0;
            for (auto& l : replay_batch(work, batch, by, n == 0)) done += l.refusal.empty();
          });
          if (!result) throw std::runtime_error(result.error().message);
          replayed[who] += done;
        }
      });
  }
  BOOST_TEST(replayed[0] + replayed[1] == dead_letters);
  BOOST_TEST(outbox_rows() == std::to_string(dead_letters));
  BOOST_TEST(ask("select count(distinct message_id) from millrace.outbox") == std::to_string(dead_letters));
}

BOOST_AUTO_TEST_CASE(an_edited_payload_replaces_the_tasks_payload_and_the_dead_letter_is_unchanged) {
  die(1);
  auto o = order();
  o.edit = R"({"to":"b"})";
  replay({dead_letter_id(1)}, o);
  auto next = delivery(1, task_state::running, 1);
  next.payload = *o.edit;
  test::check_answer(accept(next), inbox_verdict::fresh, 1, 2);
  BOOST_TEST(ask("select convert_from(payload, 'UTF8') from millrace.task") == *o.edit);
  BOOST_TEST(ask("select convert_from(payload, 'UTF8') from millrace.dead_letter") == payload);
}

BOOST_AUTO_TEST_CASE(a_conflicting_message_does_not_disturb_the_task_that_stands) {
  accept(delivery(1, task_state::dead));
  add_dead_letter(1, 0, "id_conflict");
  BOOST_TEST(replay({dead_letter_id(1)}).at(0).refusal.find("millrace publish") != std::string::npos);
  BOOST_TEST(stand(1) == "dead 0 0 1");
  BOOST_TEST(outbox_rows() == "0");
  BOOST_TEST(audit_rows("dead.replay") == "0");
}

BOOST_AUTO_TEST_CASE(a_dead_letter_without_its_task_row_is_published_under_its_id) {
  add_dead_letter(1, 4);
  BOOST_TEST(replay({dead_letter_id(1)}).at(0).refusal == "");
  BOOST_TEST(ask("select message_id || ' ' || (headers->>'millrace-generation') from millrace.outbox") == id(1) + " 5");
  test::check_answer(accept(delivery(1, task_state::running, 5)), inbox_verdict::fresh, 1, 1);
}

BOOST_AUTO_TEST_CASE(a_task_that_dies_again_is_replayed_from_its_new_or_its_old_dead_letter) {
  die(1);
  replay({dead_letter_id(1)});
  auto next = delivery(1, task_state::dead, 1);
  next.payload = payload;
  accept(next);
  add_dead_letter(1, 1, "rejected", 2);
  auto results = replay({dead_letter_id(1), dead_letter_id(2)}, next_run(true));
  BOOST_TEST(results.at(0).refusal == "");
  BOOST_TEST(results.at(1).refusal == "another dead letter of its task is being replayed");
  BOOST_TEST(ask("select string_agg(headers->>'millrace-generation', ' ' order by id) from millrace.outbox") == "1 2");
}

BOOST_AUTO_TEST_CASE(a_discarded_dead_letter_is_marked_and_its_task_stays_dead) {
  die(1);
  BOOST_TEST(discard({dead_letter_id(1)}).at(0).refusal == "");
  BOOST_TEST(ask("select concat_ws(' ', discarded_at is not null, discarded_by, why) from millrace.dead_letter") ==
             "t ada@host INC-42");
  BOOST_TEST(stand(1) == "dead 0 0 1");
  BOOST_TEST(audit_rows("dead.discard") == "1");
  BOOST_TEST(audit_rows("dead.discard_dead_letter") == "1");
  BOOST_TEST(replay({dead_letter_id(1)}).at(0).refusal.find("was discarded at") != std::string::npos);
  BOOST_TEST(replay({dead_letter_id(1)}, next_run(true)).at(0).refusal == "");
  BOOST_TEST(ask("select discarded_at is null and replayed_at is not null from millrace.dead_letter") == "t");
}

BOOST_AUTO_TEST_SUITE_END()
