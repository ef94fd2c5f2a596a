#include "actors/operations/bulk_settlement.hpp"

#include "tests/integration/actors/operations/dead_letter_fixture.hpp"

#include <stdexcept>

using namespace millrace;
using namespace millrace::operations;
using namespace millrace::postgres;
using namespace std::chrono_literals;
using millrace::test::dead_letters_database;
using millrace::test::next_run;

namespace {

struct bulk_database : dead_letters_database {
  using transaction = std::function<void(unit_of_work&)>;

  /// Adds the dead letters 1 to `count` of tasks without rows; the first is the oldest.
  void add_many(int count) {
    for (int n = 1; n <= count; ++n) add_dead_letter(n);
    exec(
        "update millrace.dead_letter set died_at = now() - interval '1 hour' + right(id::text, 12)::int * interval '1 "
        "second'");
  }
  bulk_order bulk(std::size_t limit = default_replay_limit, bulk_action action = bulk_action::replay) {
    auto details = order();
    details.interval = 10s;
    return {action, {.queue = "email"}, limit, details};
  }
  transaction_runner runner() {
    return [this](const transaction& work) { run(work); };
  }
  /// Runs every transaction twice and commits both times, as if the answer to the first COMMIT were lost.
  transaction_runner repeating() {
    return [this](const transaction& work) { run(work), run(work); };
  }
  static std::size_t run_all(bulk_settlement& b) {
    std::size_t batches = 0;
    while (!b.step().empty()) ++batches;
    return batches;
  }
  std::string replayed() { return ask("select count(*) from millrace.dead_letter where replayed_at is not null"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_settlements, bulk_database)

BOOST_AUTO_TEST_CASE(a_repeated_transaction_counts_its_dead_letters_and_settles_no_others) {
  add_many(500);
  bulk_settlement b{bulk(450), repeating()};
  BOOST_TEST(run_all(b) == 3U);
  BOOST_TEST(b.settled() == 450U);
  BOOST_TEST(b.remaining() == 50);
  BOOST_TEST(replayed() == "450");
  BOOST_TEST(ask("select count(distinct message_id) || ' ' || count(*) from millrace.outbox") == "450 450");
  BOOST_TEST(audit_rows("dead.replay") == "1");
  BOOST_TEST(audit_rows("dead.replay_dead_letter") == "450");
}

BOOST_AUTO_TEST_CASE(a_transaction_repeated_after_a_rollback_leaves_out_what_another_run_settled_meanwhile) {
  add_many(250);
  bool rolled_back = false;
  bulk_settlement b{bulk(), [&](const transaction& work) {
                      if (!rolled_back) {
                        rolled_back = true;
                        BOOST_CHECK_THROW(run([&](unit_of_work& w) { work(w), throw std::runtime_error("rolled back"); }),
                                          std::runtime_error);
                        discard({dead_letter_id(1), dead_letter_id(2)});
                      }
                      run(work);
                    }};
  for (const auto& settled : b.step()) BOOST_TEST(settled.refusal == "");
  run_all(b);
  BOOST_TEST(b.settled() == 248U);
  BOOST_TEST(audit_rows("dead.replay") == "1");
}

BOOST_AUTO_TEST_CASE(the_rate_is_kept_over_batches_and_runs) {
  add_many(450);
  auto first = bulk(300);
  const auto start = first.details.first_due;
  bulk_settlement one{first, runner()};
  run_all(one);
  BOOST_TEST((one.next_due() == start + 300 * 10s));
  auto second = bulk();
  second.details.by = next_run().by;
  second.details.first_due = one.next_due();
  bulk_settlement two{second, runner()};
  run_all(two);
  BOOST_TEST((two.next_due() == start + 450 * 10s));
  BOOST_TEST(
      ask("select bool_and(due_at = to_timestamp(4102444800) + (right(message_id, 12)::int - 1) * interval '10 seconds')"
          " from millrace.outbox") == "t");
}

BOOST_AUTO_TEST_CASE(batches_before_a_failure_remain_and_the_next_run_continues) {
  add_many(250);
  int runs = 0;
  bulk_settlement b{bulk(), [&](const transaction& work) {
                      run([&](unit_of_work& w) { work(w); });
                      if (++runs == 2) throw std::runtime_error("the answer to COMMIT was lost");
                    }};
  b.step();
  BOOST_CHECK_THROW(b.step(), std::runtime_error);
  BOOST_TEST(b.settled() == 200U);
  BOOST_TEST((b.next_due() == order().first_due + 250 * 10s));  // the batch in doubt may have used its due times
  auto again = bulk();
  again.details.by = next_run().by;
  bulk_settlement rest{again, runner()};
  BOOST_TEST(run_all(rest) == 0U);
  BOOST_TEST(outbox_rows() == "250");
}

BOOST_AUTO_TEST_CASE(dead_letters_that_die_after_the_start_are_left_out) {
  add_many(250);
  bulk_settlement b{bulk(), runner()};
  b.step();
  add_dead_letter(251);
  run_all(b);
  BOOST_TEST(b.settled() == 250U);
  BOOST_TEST(replayed() == "250");
}

BOOST_AUTO_TEST_CASE(a_batch_is_bounded_by_bytes_but_not_below_one) {
  add_many(4);
  exec("update millrace.dead_letter set body_size = case right(id::text, 1) when '1' then 5000000 else 2000000 end");
  bulk_settlement b{bulk(default_replay_limit, bulk_action::discard), runner()};
  BOOST_TEST(b.step().size() == 1U);
  BOOST_TEST(b.step().size() == 2U);
  BOOST_TEST(b.step().size() == 1U);
  BOOST_TEST(b.step().empty());
  BOOST_TEST(outbox_rows() == "0");
  BOOST_TEST(audit_rows("dead.discard") == "1");
}

BOOST_AUTO_TEST_CASE(an_id_is_refused_if_it_does_not_match_but_not_if_the_limit_ends_before_it) {
  add_many(3);
  discard({dead_letter_id(2)});
  auto some = bulk(1);
  some.filter.ids = {dead_letter_id(1), dead_letter_id(3)};
  bulk_settlement limited{some, runner()};
  run_all(limited);
  BOOST_TEST(limited.finish().empty());
  BOOST_TEST(limited.remaining() == 1);
  some.filter.ids = {dead_letter_id(2), dead_letter_id(3), dead_letter_id(9)};
  some.details.by = next_run().by;
  some.limit = 5;
  bulk_settlement all{some, runner()};
  const auto results = all.step();
  BOOST_REQUIRE(results.size() == 2U);
  BOOST_TEST(results[0].refusal.find("was discarded at") != std::string::npos);
  BOOST_TEST(results[1].refusal == "");
  const auto refused = all.finish();
  BOOST_REQUIRE(refused.size() == 1U);
  BOOST_TEST(refused[0].id == dead_letter_id(9));
}

BOOST_AUTO_TEST_SUITE_END()
