#include "connectors/postgres/cluster/presence.hpp"

#include "connectors/postgres/task/lease_store.hpp"
#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

#include <memory>

using namespace millrace;
using namespace millrace::postgres;
using namespace std::chrono_literals;
using enum task_state;
using enum inbox_verdict;

namespace {

struct presence_database : test::task_database {
  std::unique_ptr<presence> join(const std::string& identity) {
    auto there = std::make_unique<presence>(options(), identity, [](bool, const std::string&) {});
    BOOST_REQUIRE(there->wait_until_held(10s));
    return there;
  }
  bool dead(const std::string& identity) {
    std::vector<std::string> found;
    run([&](unit_of_work& work) { found = dead_nodes(work, {identity}); });
    return !found.empty();
  }
  std::size_t reissue(bool takes_over = true) {
    std::size_t moved = 0;
    run([&](unit_of_work& work) { moved = reissue_leases(work, {"janitor", takes_over}); });
    return moved;
  }
  void end_sessions_of_nodes() {
    ask("select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted"
        " and database = (select oid from pg_database where datname = current_database())");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(presences, presence_database)

BOOST_AUTO_TEST_CASE(a_node_lives_from_its_joining_to_its_end) {
  BOOST_TEST(dead("a/1"));
  auto a = join("a/1");
  BOOST_TEST(!dead("a/1"));
  BOOST_TEST(dead("a/2"));
  a.reset();
  BOOST_TEST(test::wait_until([&] { return dead("a/1"); }));
}

BOOST_AUTO_TEST_CASE(a_running_task_of_a_live_node_is_blocked_and_one_of_a_dead_node_resumed) {
  auto a = join("a/1");
  accept(delivery(1, running), "a/1");
  test::check_answer(accept(delivery(1, running), "b/1"), blocked, 0, 0);
  a.reset();
  BOOST_TEST(test::wait_until([&] { return dead("a/1"); }));
  test::check_answer(accept(delivery(1, running), "b/1"), resumed, 1, 2);
}

BOOST_AUTO_TEST_CASE(a_node_that_may_not_take_over_treats_every_node_as_alive) {
  accept(delivery(1, running), "a/1");
  run([&](unit_of_work& work) {
    const std::vector rows{delivery(1, running)};
    BOOST_TEST((postgres::accept(work, rows, {"b/1", false}).at(0).verdict == blocked));
  });
}

BOOST_AUTO_TEST_CASE(a_lost_lock_is_taken_again_and_the_others_are_given_time_to_come_back) {
  auto a = join("a/1");
  BOOST_TEST(a->others_are_back());
  end_sessions_of_nodes();
  BOOST_TEST(test::wait_until([&] { return !a->others_are_back(); }));
  BOOST_TEST(a->wait_until_held(10s));
  BOOST_TEST(!dead("a/1"));
  BOOST_TEST(test::wait_until([&] { return a->others_are_back(); }));
}

BOOST_AUTO_TEST_CASE(a_lease_is_published_again_once_its_node_is_dead_and_once_only) {
  auto a = join("a/1");
  run([&](unit_of_work& work) {
    outbox_row again;
    again.routing_key = "webhook";
    again.type = "notification.webhook";
    again.message_id = "m-1";
    again.headers = {{"tenant", "default"}};
    again.body = std::string("\0body", 5);
    take_lease(work, {"default", id(1)}, "a/1", again);
  });
  BOOST_TEST(reissue() == 0U);
  a.reset();
  BOOST_TEST(test::wait_until([&] { return dead("a/1"); }));
  BOOST_TEST(reissue(false) == 0U);
  BOOST_TEST(reissue() == 1U);
  BOOST_TEST(reissue() == 0U);
  BOOST_TEST(ask("select message_id || ' ' || routing_key || ' ' || length(body) || ' ' || (headers ->> 'tenant') || ' '"
                 " || (due_at <= now()) from millrace.outbox") == "m-1 webhook 5 default true");
}

BOOST_AUTO_TEST_SUITE_END()
