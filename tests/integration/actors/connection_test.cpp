#include "actors/postgres_connection.hpp"
#include "tests/integration/postgres/database.hpp"

#include <caf/scoped_actor.hpp>

using namespace millrace;
using namespace std::chrono_literals;

namespace {

/// A connection of a pool, with the test in the place of the pool.
struct connected : test::migrated_database {
  node_ptr shared = std::make_shared<node>();
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor test{system};
  caf::actor connection;

  connected() {
    shared->addresses.put("postgres pool tasks", caf::actor_cast<caf::actor>(test));
    auto impatient = options();
    impatient.statement_timeout = 100ms;
    connection = system.spawn<caf::detached>(postgres_connection, shared, std::string{"tasks"}, impatient);
    wait_until_ready();
  }
  ~connected() {
    caf::anon_send_exit(connection, caf::exit_reason::kill);
    test->wait_for(connection);
    shared->addresses.clear();
  }
  void wait_until_ready() {
    test->receive([](const connection_ready&) {});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connections, connected)

BOOST_AUTO_TEST_CASE(a_unit_that_is_always_too_slow_is_at_fault_itself) {
  auto me = caf::actor_cast<caf::actor>(test);
  auto slow = [](unit_of_work& w) {
    w.transaction().exec("select pg_sleep(60)");
    return std::any{};
  };
  test->send(connection, run_unit{7, slow, me});
  bool given_back = false, answered = false;
  while (!answered)
    test->receive(
        [&](connection_lost& lost) { test->send(connection, std::exchange(given_back, true) ? run_unit{} : lost.unit); },
        [](const connection_ready&) {},
        [&](const unit_done& done) {
          answered = true;
          BOOST_REQUIRE(!done.result.has_value());
          BOOST_TEST((done.result.error().kind == postgres::failure_class::isolate));
          BOOST_TEST(done.result.error().sqlstate == "57014");
        });
  BOOST_TEST(given_back);  // once: the server might have been slow
}

BOOST_AUTO_TEST_SUITE_END()
