#include "actors/broker/broker_link.hpp"

#include "tests/support/deterministic_system.hpp"
#include "tests/support/servers.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;

BOOST_AUTO_TEST_SUITE(broker_links)

// Its siblings may have their first turn before it has: a relay that found nothing then had to be restarted.
BOOST_AUTO_TEST_CASE(its_connections_are_found_before_it_has_had_its_first_turn) {
  auto shared = std::make_shared<node_context>();
  {
    test::deterministic_system world;
    bool found = false;
    // The int: CAF 0.17 binds a reference to null when it spawns a function without arguments, which UBSan reports.
    world.keep(world.sys.spawn(
        [&](caf::event_based_actor* self, int) -> caf::behavior {
          world.keep(start_broker_link(self, shared));
          found = shared->directory.find_broker() != nullptr;
          return {[](const tick&) {}};
        },
        0));
    world.sched.run_once();
    BOOST_TEST(found);
  }
  shared->directory.clear();
  // Connections that are being closed hold the node, which must not be let go of last by its own loop.
  BOOST_TEST(test::wait_until([&] { return shared.use_count() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
