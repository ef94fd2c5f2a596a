#include "actors/broker/broker_link.hpp"

#include "tests/support/deterministic_system.hpp"
#include "tests/support/servers.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

BOOST_AUTO_TEST_SUITE(broker_links)

// Siblings may run before the link's first message. A relay that found no connections then had to be restarted.
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
  // Closing connections share ownership of the node, whose last owner must not be its own loop.
  BOOST_TEST(test::wait_until([&] { return shared.use_count() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
