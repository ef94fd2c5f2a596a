#include "actors/storage/postgres_pool.hpp"

#include "tests/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

namespace {

/// Replaces a database connection: keeps the units that it receives.
caf::behavior connection(caf::event_based_actor*, std::vector<run_unit>* given) {
  return {[=](run_unit& unit) { given->push_back(std::move(unit)); }};
}

struct pool_scene {
  ~pool_scene() { shared->directory.clear(); }

  bool shows(const std::string& sample) { return shared->metrics.expose().find("\n" + sample + "\n") != std::string::npos; }
  bool is_up(bool up) { return shows("millrace_connection_up{connection=\"postgres_reports\"} " + std::to_string(up)); }
  void tell_ready() {
    caf::anon_send(pool, connection_ready{member});
    world.settle();
  }

  node_ptr shared = std::make_shared<node_context>();
  test::deterministic_system world;
  std::vector<run_unit> given;
  caf::actor pool = world.keep(world.sys.spawn(postgres_pool, shared, std::string{"reports"}));
  caf::actor member = world.keep(world.sys.spawn(connection, &given));
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_pools, pool_scene)

BOOST_AUTO_TEST_CASE(a_server_that_has_gone_is_noticed_though_there_is_no_work) {
  tell_ready();
  BOOST_TEST(is_up(true));
  world.advance(std::chrono::seconds{10});
  BOOST_REQUIRE(given.size() == 1U);
  caf::anon_send(pool, connection_lost{member, std::move(given[0]), "gone"});
  world.settle();
  BOOST_TEST(is_up(false));
  BOOST_TEST(shows("millrace_pool_waiting{pool=\"reports\"} 0"));  // it was not requested
  tell_ready();
  BOOST_TEST(is_up(true));
  BOOST_TEST(given.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_at_work_is_asked_for_nothing_else) {
  tell_ready();
  caf::anon_send(pool, run_unit{7, [](unit_of_work&) { return std::any{}; }, member});
  world.settle();
  world.advance(std::chrono::seconds{10});
  BOOST_TEST(given.size() == 1U);
  tell_ready();
  world.advance(std::chrono::seconds{10});
  BOOST_TEST(given.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
