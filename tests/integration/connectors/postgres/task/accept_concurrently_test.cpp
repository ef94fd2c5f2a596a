#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

#include <future>
#include <random>
#include <thread>

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::check_answer;
using millrace::test::task_database;
using enum millrace::postgres::task_state;
using enum millrace::postgres::inbox_verdict;

namespace {

/// Two connections. That of the fixture keeps a transaction open, for which the other one has to wait.
struct two_nodes : task_database {
  std::future<inbox_answer> accept_elsewhere(row r) {
    return std::async(std::launch::async, [this, r] {
      postgres::session second(options());
      inbox_answer answer;
      const auto done =
          second.run([&](unit_of_work& work) { answer = postgres::accept(work, std::vector{r}, {"node-2"}).at(0); });
      if (!done) throw std::runtime_error(done.error().message);
      return answer;
    });
  }
  /// True once a session waits for a lock in this database.
  bool somebody_waits() {
    postgres::session watcher(options());
    return test::wait_until([&] {
      int waiting = 0;
      const auto done = watcher.run([&](unit_of_work& work) {
        waiting =
            work.transaction()
                .exec1(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                    [0]
                .as<int>();
      });
      return done.has_value() && waiting > 0;
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(accepting_concurrently, two_nodes)

BOOST_AUTO_TEST_CASE(one_of_two_nodes_inserts_and_the_other_sees_what_was_committed) {
  std::future<inbox_answer> second;
  run([&](unit_of_work& work) {
    postgres::accept(work, std::vector{delivery(1, succeeded)}, {"node-1"});
    second = accept_elsewhere(delivery(1, succeeded));
    BOOST_REQUIRE(somebody_waits());
  });
  check_answer(second.get(), duplicate, 0, 0);
}

BOOST_AUTO_TEST_CASE(the_other_node_inserts_if_the_first_rolls_back) {
  std::future<inbox_answer> second;
  BOOST_CHECK_THROW((void)session.run([&](unit_of_work& work) {
    postgres::accept(work, std::vector{delivery(1, succeeded)}, {"node-1"});
    second = accept_elsewhere(delivery(1, succeeded));
    BOOST_REQUIRE(somebody_waits());
    throw std::runtime_error("rolled back");
  }),
                    std::runtime_error);
  check_answer(second.get(), fresh, 1, 1);
}

BOOST_AUTO_TEST_CASE(a_waiting_task_is_claimed_by_one_of_two_copies_of_its_message) {
  accept(delivery(1, retrying));
  std::future<inbox_answer> second;
  run([&](unit_of_work& work) {
    check_answer(postgres::accept(work, std::vector{delivery(1, succeeded, 1)}, {"node-1"}).at(0), fresh, 1, 2);
    second = accept_elsewhere(delivery(1, succeeded, 1));
    BOOST_REQUIRE(somebody_waits());
  });
  check_answer(second.get(), duplicate, 0, 0);
  BOOST_TEST(stand(1) == "succeeded 1 1 2");
}

BOOST_AUTO_TEST_CASE(a_task_that_retention_removes_meanwhile_is_new) {
  accept(delivery(1, succeeded));
  std::future<inbox_answer> second;
  run([&](unit_of_work& work) {
    work.transaction().exec("delete from millrace.task");
    second = accept_elsewhere(delivery(1, succeeded));
    BOOST_REQUIRE(somebody_waits());
  });
  check_answer(second.get(), fresh, 1, 1);
}

BOOST_AUTO_TEST_CASE(an_outcome_that_waited_for_a_new_claim_is_fenced_off) {
  accept(delivery(1, running));
  std::future<bool> second;
  run([&](unit_of_work& work) {
    postgres::accept(work, std::vector{delivery(1, running)}, {"node-2"});
    second = std::async(std::launch::async, [&] {
      postgres::session late(options());
      bool written = true;
      const finish_row outcome{.tenant = "default", .id = id(1), .claim = 1, .state = dead, .result = {}, .error = {}};
      const auto done = late.run([&](unit_of_work& other) {
        written = postgres::finish(other, std::vector{outcome}, "node-1").at(0) == finish_verdict::written;
      });
      if (!done) throw std::runtime_error(done.error().message);
      return written;
    });
    BOOST_REQUIRE(somebody_waits());
  });
  BOOST_TEST(!second.get());
  BOOST_TEST(stand(1) == "running 1 0 2");
}

BOOST_AUTO_TEST_CASE(overlapping_batches_in_any_order_neither_deadlock_nor_count_twice) {
  constexpr int nodes = 4;
  constexpr int tasks = 200;
  std::vector<std::future<int>> counts;
  for (int node = 0; node < nodes; ++node)
    counts.push_back(std::async(std::launch::async, [&, node] {
      postgres::session mine(options());
      std::mt19937 random(static_cast<unsigned>(node));
      int fresh_count = 0;
      for (int round = 0; round < 20; ++round) {
        std::vector<row> rows;
        for (int n = 1; n <= tasks; ++n)
          if (random() % 3 == 0) rows.push_back(delivery(n, succeeded));
        std::shuffle(rows.begin(), rows.end(), random);
        std::vector<inbox_answer> answers;
        const auto done = mine.run([&](unit_of_work& work) { answers = postgres::accept(work, rows, {"node"}); });
        if (!done) throw std::runtime_error(done.error().sqlstate + done.error().message);
        fresh_count += static_cast<int>(
            std::count_if(answers.begin(), answers.end(), [](const auto& a) { return a.verdict == fresh; }));
      }
      return fresh_count;
    }));
  int total = 0;
  for (auto& count : counts) total += count.get();
  BOOST_TEST(std::to_string(total) == ask("select count(*) from millrace.task"));
}

BOOST_AUTO_TEST_SUITE_END()
