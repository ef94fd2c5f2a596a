#include "actors/mailbox_watch.hpp"

#include "tests/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;

BOOST_AUTO_TEST_SUITE(mailbox_watches)

BOOST_AUTO_TEST_CASE(the_lag_of_each_living_actor_is_known_and_that_of_a_dead_one_is_not) {
  auto shared = std::make_shared<node>();
  {
    test::deterministic_system world;
    int messages = 0;
    auto watched = world.keep(world.sys.spawn(
        [&](caf::event_based_actor* self, int) -> caf::behavior {
          self->set_default_handler([&](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
            ++messages;
            return caf::skip();
          });
          return {[](const tick&) {}};
        },
        0));
    shared->addresses.put("watched", watched);
    world.keep(world.sys.spawn(mailbox_watch, shared));
    const auto shown = [&] {
      return shared->metrics.expose().find("millrace_actor_mailbox_lag_seconds{actor=\"watched\"}") != std::string::npos;
    };
    world.settle();
    BOOST_TEST(shown());
    BOOST_TEST(messages == 0);  // CAF answers in its place
    stop_actor(watched);
    world.settle();
    world.advance(std::chrono::seconds{1});
    BOOST_TEST(!shown());
  }
  shared->addresses.clear();
}

BOOST_AUTO_TEST_SUITE_END()
