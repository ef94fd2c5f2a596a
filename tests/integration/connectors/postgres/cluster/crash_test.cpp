#include "connectors/postgres/cluster/crash_store.hpp"
#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

#include <algorithm>

using namespace millrace;
using namespace millrace::test;
using postgres::task_state;

namespace {

struct crash_database : task_database {
  bool crash(const std::string& record, bool proven, const std::vector<int>& tasks) {
    postgres::crash_count c{.record = record, .node = "node-1", .proven = proven, .tasks = {}};
    for (auto n : tasks) c.tasks.push_back({"default", id(n)});
    bool counted = false;
    run([&](unit_of_work& work) { counted = postgres::count_crash(work, c); });
    return counted;
  }
  std::uint32_t crashes(int n) {
    std::uint32_t count = 0;
    run([&](unit_of_work& work) { count = postgres::crashes_of(work, {"default", id(n)}); });
    return count;
  }
  bool quarantined(int n) {
    std::vector<postgres::crash_key> found;
    run([&](unit_of_work& work) { found = postgres::find_quarantined(work); });
    return std::any_of(found.begin(), found.end(), [&](auto& k) { return k.id == id(n) && k.tenant == "default"; });
  }
  void clear(int n) {
    run([&](unit_of_work& work) { postgres::clear_quarantine(work, {"default", id(n)}); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(crashes, crash_database)

BOOST_AUTO_TEST_CASE(a_record_counts_once_however_often_it_is_read) {
  BOOST_TEST(crash("one.crash", true, {2, 1, 2}));
  BOOST_TEST(!crash("one.crash", true, {1, 2}));
  BOOST_TEST(crashes(1) == 1u);
  BOOST_TEST(crashes(2) == 1u);
  BOOST_TEST(crashes(3) == 0u);
  BOOST_TEST(crash("two.crash", true, {2}));
  BOOST_TEST(crashes(2) == 2u);
  BOOST_TEST(crash("nothing.crash", true, {}));
}

BOOST_AUTO_TEST_CASE(one_crash_with_a_signal_or_two_without_quarantine_a_task) {
  crash("one.crash", false, {1, 2});
  BOOST_TEST(!quarantined(1));
  crash("two.crash", true, {1});
  BOOST_TEST(quarantined(1));
  crash("three.crash", false, {2});
  BOOST_TEST(quarantined(2));
}

BOOST_AUTO_TEST_CASE(a_task_that_ended_is_cleared_and_one_that_comes_again_is_not) {
  crash("one.crash", true, {1, 2, 3});
  auto answer = accept(delivery(1));
  accept(delivery(2));
  BOOST_REQUIRE(finish(1, answer.claim, task_state::succeeded));
  clear(1);
  BOOST_TEST(!quarantined(1));
  clear(2);  // it is still running
  BOOST_TEST(quarantined(2));
  clear(3);  // no row: it counted as a conflict, or was handed over without one
  BOOST_TEST(!quarantined(3));
}

BOOST_AUTO_TEST_CASE(crashes_older_than_a_week_quarantine_nothing_and_are_removed) {
  crash("one.crash", true, {1});
  exec("update millrace.crash set last_at = now() - interval '8 days'");
  exec("update millrace.crash_record set counted_at = now() - interval '8 days'");
  BOOST_TEST(!quarantined(1));
  crash("two.crash", true, {2});
  BOOST_TEST(ask("select count(*) from millrace.crash") == "1");
  BOOST_TEST(ask("select count(*) from millrace.crash_record") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
