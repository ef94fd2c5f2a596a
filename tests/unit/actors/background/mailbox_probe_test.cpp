#include "actors/background/mailbox_probe.hpp"

#include "tests/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;

namespace {

struct watched_state {
  int ticks = 0;
};

caf::behavior periodic_query(caf::stateful_actor<watched_state>* self, int* ticks) {
  return {[=](const tick&) { *ticks = ++self->state.ticks; }};
}

/// A periodic_query actor, and the watch; before the watch's first look.
struct watching_scene {
  watching_scene() { shared->directory.put("periodic_query", actor); }
  ~watching_scene() { shared->directory.clear(); }

  bool shows(const std::string& what) { return shared->metrics.expose().find(what) != std::string::npos; }
  bool shows_lag() { return shows("millrace_actor_mailbox_lag_seconds{actor=\"periodic_query\"}"); }
  bool shows_depth(int messages) {
    return shows("millrace_actor_mailbox_depth{actor=\"periodic_query\"} " + std::to_string(messages) + "\n");
  }

  node_ptr shared = std::make_shared<node_context>();
  test::deterministic_system world;
  int ticks = 0;
  caf::actor actor = world.keep(world.sys.spawn(probed(periodic_query), &ticks));
  caf::actor watch = world.keep(world.sys.spawn(mailbox_probe, shared));
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mailbox_probe, watching_scene)

BOOST_AUTO_TEST_CASE(lag_and_depth_of_each_living_actor_are_known_and_those_of_a_dead_one_are_not) {
  world.settle();
  BOOST_TEST(shows_lag());
  BOOST_TEST(shows_depth(0));
  stop_actor(actor);
  world.settle();
  world.advance(std::chrono::seconds{1});
  BOOST_TEST(!shows("{actor=\"periodic_query\"}"));
}

BOOST_AUTO_TEST_CASE(the_depth_is_what_stands_behind_the_probe) {
  world.settle();
  world.sched.advance_time(std::chrono::seconds{1});
  world.sched.run_once();  // the watch asks
  for (int i = 0; i < 5; ++i) caf::anon_send(actor, tick{0});
  world.settle();
  BOOST_TEST(shows_depth(5));
  BOOST_TEST(ticks == 5);
  world.advance(std::chrono::seconds{1});
  BOOST_TEST(shows_depth(0));
}

BOOST_AUTO_TEST_SUITE_END()
