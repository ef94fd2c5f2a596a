#include "runtime/supervision/supervisor.hpp"

#include "tests/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::supervision;
using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

struct nothing {};

}  // namespace

MILLRACE_LOCAL_MESSAGE(nothing)

namespace {

// CAF 0.17 binds a reference to null when it spawns a function without arguments, which UBSan reports; hence the int.
caf::behavior idle(caf::event_based_actor*, int) {
  return {[](nothing) {}};
}

caf::behavior watch(caf::event_based_actor* self, caf::actor periodic_query, bool* down) {
  self->monitor(periodic_query);
  self->set_down_handler([down](caf::down_msg&) { *down = true; });
  return {[](nothing) {}};
}

/// What a supervisor's children have lived through.
struct family {
  deterministic_system world;
  std::map<std::string, caf::actor> living;
  std::vector<std::string> starts;
  std::vector<std::string> failures;
  int escalations = 0;
  int refuse_starts = 0;  ///< number of starts that throw

  child_spec child(const std::string& name) {
    return {name, [this](caf::event_based_actor* parent) {
              if (refuse_starts > 0) {
                --refuse_starts;
                throw std::runtime_error("cannot start");
              }
              return parent->spawn(idle, 0);
            }};
  }

  supervisor_options options(restart_strategy how, std::vector<std::string> names, unsigned max_restarts = 10) {
    std::vector<child_spec> children;
    for (auto& name : names) children.push_back(child(name));
    return {.name = "family",
            .policy = {.strategy = how, .max_restarts = max_restarts, .window = 10s},
            .children = std::move(children),
            .events = {.started = [this](const std::string& name,
                                         const caf::actor& a) { living[name] = a, starts.push_back(name); },
                       .failed = [this](const std::string& name, const std::string&) { failures.push_back(name); },
                       .escalated = [this](const std::string&) { ++escalations; }}};
  }

  caf::actor run(supervisor_options o) {
    auto s = world.keep(world.sys.spawn(supervisor, std::move(o)));
    world.settle();
    return s;
  }

  void kill(const std::string& name) {
    caf::anon_send_exit(living[name], caf::exit_reason::kill);
    world.settle();
    world.advance(30s);
  }
};

using names = std::vector<std::string>;

/// True once the actor has ended. A monitor of a dead actor gets its DOWN message immediately.
bool has_ended(family& f, const caf::actor& a) {
  bool down = false;
  f.world.keep(f.world.sys.spawn(watch, a, &down));
  f.world.settle();
  return down;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(supervisor_)

BOOST_AUTO_TEST_CASE(children_start_in_order) {
  family f;
  f.run(f.options(restart_strategy::one_for_one, {"a", "b", "c"}));
  BOOST_TEST(f.starts == (names{"a", "b", "c"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_for_one_restarts_the_killed_child_alone) {
  family f;
  f.run(f.options(restart_strategy::one_for_one, {"a", "b", "c"}));
  f.kill("b");
  BOOST_TEST(f.starts == (names{"a", "b", "c", "b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_for_all_restarts_everybody_in_order) {
  family f;
  f.run(f.options(restart_strategy::one_for_all, {"a", "b", "c"}));
  auto old = f.living["a"];
  f.kill("b");
  BOOST_TEST(f.starts == (names{"a", "b", "c", "a", "b", "c"}), boost::test_tools::per_element());
  BOOST_TEST(has_ended(f, old));
  BOOST_TEST(f.failures == (names{"b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rest_for_one_restarts_the_child_and_those_after_it) {
  family f;
  f.run(f.options(restart_strategy::rest_for_one, {"a", "b", "c"}));
  f.kill("b");
  BOOST_TEST(f.starts == (names{"a", "b", "c", "b", "c"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_start_that_throws_is_a_failure_and_is_tried_again) {
  family f;
  f.refuse_starts = 1;
  f.run(f.options(restart_strategy::one_for_one, {"a"}));
  f.world.advance(30s);
  BOOST_TEST(f.failures == (names{"a"}), boost::test_tools::per_element());
  BOOST_TEST(f.starts == (names{"a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(too_many_restarts_end_the_supervisor_and_its_children) {
  family f;
  auto s = f.run(f.options(restart_strategy::one_for_one, {"a", "b"}, 2));
  for (int i = 0; i < 3; ++i) {
    caf::anon_send_exit(f.living["a"], caf::exit_reason::kill);
    f.world.settle();
    f.world.advance(2s);  // within the window, and longer than the back-off so far
  }
  BOOST_TEST(f.escalations == 1);
  BOOST_TEST(has_ended(f, s));
  BOOST_TEST(has_ended(f, f.living["b"]));
}

BOOST_AUTO_TEST_CASE(failures_that_are_far_apart_never_escalate) {
  family f;
  f.run(f.options(restart_strategy::one_for_one, {"a"}, 2));
  for (int i = 0; i < 20; ++i) f.kill("a");
  BOOST_TEST(f.escalations == 0);
  BOOST_TEST(f.starts.size() == 21u);
}

BOOST_AUTO_TEST_CASE(an_exit_message_ends_all_children_and_then_the_supervisor) {
  family f;
  auto s = f.run(f.options(restart_strategy::one_for_one, {"a", "b"}));
  stop_actor(s);
  f.world.settle();
  BOOST_TEST(has_ended(f, f.living["a"]));
  BOOST_TEST(has_ended(f, f.living["b"]));
  BOOST_TEST(has_ended(f, s));
  BOOST_TEST(f.failures.empty());
}

BOOST_AUTO_TEST_CASE(a_killed_supervisor_leaves_no_child_behind) {
  family f;
  auto s = f.run(f.options(restart_strategy::one_for_one, {"a", "b"}));
  caf::anon_send_exit(s, caf::exit_reason::kill);
  f.world.settle();
  BOOST_TEST(has_ended(f, f.living["a"]));
  BOOST_TEST(has_ended(f, f.living["b"]));
}

BOOST_AUTO_TEST_CASE(a_killed_child_does_not_take_its_supervisor_along) {
  family f;
  auto s = f.run(f.options(restart_strategy::one_for_one, {"a"}));
  f.kill("a");
  BOOST_TEST(!has_ended(f, s));
}

BOOST_AUTO_TEST_CASE(a_supervisor_under_a_supervisor_is_restarted_with_its_children) {
  family f;
  auto inner = f.options(restart_strategy::one_for_one, {"x", "y"});
  inner.name = "inner";
  auto outer = f.options(restart_strategy::one_for_one, {"a"});
  outer.children.push_back(supervised(inner));
  f.run(outer);
  f.starts.clear();
  f.kill("inner");
  BOOST_TEST(f.starts == (names{"inner", "x", "y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
