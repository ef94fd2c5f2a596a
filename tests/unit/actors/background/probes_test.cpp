#include "actors/background/probes.hpp"

#include "tests/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::supervision;

namespace {

struct counting_state {
  int ticks = 0;
};

caf::behavior counting(caf::stateful_actor<counting_state>* self, int* ticks) {
  return {[=](const tick&) { *ticks = ++self->state.ticks; }};
}

/// An actor that counts its ticks, and the probe before its first tick.
struct probe_fixture {
  probe_fixture() { shared->directory.put("counting", actor); }
  ~probe_fixture() { shared->directory.clear(); }

  bool shows(const std::string& what) { return shared->metrics.expose().find(what) != std::string::npos; }
  bool shows_lag() { return shows("millrace_actor_mailbox_lag_seconds{actor=\"counting\"}"); }
  bool shows_depth(int messages) {
    return shows("millrace_actor_mailbox_depth{actor=\"counting\"} " + std::to_string(messages) + "\n");
  }

  node_ptr shared = std::make_shared<node_context>();
  test::deterministic_system world;
  int ticks = 0;
  caf::actor actor = world.keep(world.sys.spawn(probed(counting), &ticks));
  caf::actor probing = world.keep(world.sys.spawn(mailbox_probe, shared));
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mailbox_probe, probe_fixture)

BOOST_AUTO_TEST_CASE(lag_and_depth_are_reported_for_living_actors_only) {
  world.settle();
  BOOST_TEST(shows_lag());
  BOOST_TEST(shows_depth(0));
  stop_actor(actor);
  world.settle();
  world.advance(std::chrono::seconds{1});
  BOOST_TEST(!shows("{actor=\"counting\"}"));
}

BOOST_AUTO_TEST_CASE(the_depth_is_the_number_of_messages_behind_the_probe) {
  world.settle();
  world.sched.advance_time(std::chrono::seconds{1});
  world.sched.run_once();  // the probe is sent
  for (int i = 0; i < 5; ++i) caf::anon_send(actor, tick{0});
  world.settle();
  BOOST_TEST(shows_depth(5));
  BOOST_TEST(ticks == 5);
  world.advance(std::chrono::seconds{1});
  BOOST_TEST(shows_depth(0));
}

BOOST_AUTO_TEST_SUITE_END()
