#include "actors/pipeline/effect_executor.hpp"

#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;

namespace {

/// The started effects, in order, and their completions.
struct begun {
  std::vector<std::string> types;
  std::vector<int> priorities;  ///< 0 if the task has none
  std::deque<completion> open;
};

struct first_type : effect_handler {
  static constexpr auto type = "a.first";
  begun& log;
  explicit first_type(begun& l) : log(l) {}
  void execute(const task& t, effect_context&, completion done) override {
    log.types.push_back(t.type);
    log.priorities.push_back(t.priority.value_or(0));
    log.open.push_back(std::move(done));
  }
};
struct last_type : first_type {
  static constexpr auto type = "z.last";
  using first_type::first_type;
};

/// An effect executor whose queue allows `at_once` concurrent effects. Outcomes are discarded.
struct running {
  begun log;
  node_ptr shared = std::make_shared<node_context>();
  deterministic_system world;
  caf::actor executor;
  std::size_t ended = 0, abandoned = 0;

  explicit running(std::uint32_t at_once, type_policy first = {}, bool ordered = false) {
    shared->handlers->add<first_type>(first, log);
    shared->handlers->add<last_type>({}, log);
    shared->effects = std::make_unique<effect_context>(effect_context::services{});
    executor = world.keep(world.sys.spawn(millrace::actors::effect_executor, shared,
                                          queue_config{{.name = "mixed", .concurrency = at_once, .ordered = ordered}}));
    auto nobody = world.keep(world.sys.spawn(
        [this](caf::event_based_actor*, int) -> caf::behavior {
          return {[this](const effect_ended&) { ++ended; }, [this](const millrace::actors::abandoned&) { ++abandoned; }};
        },
        0));
    caf::anon_send(executor, attach_committer{nobody});
    caf::anon_send(executor, attach_consumer{nobody});
    world.sched.run_once();
  }
  ~running() {
    while (!log.open.empty()) end_oldest();
  }

  void order(const char* type) { order(any(type)); }
  static decoded_delivery any(const char* type) {
    decoded_delivery i;
    i.what = make_task(type, "{}");
    i.what.id = uuid::v7(std::chrono::system_clock::now());
    return i;
  }
  /// A delivery whose effect was started by the executor's predecessor.
  decoded_delivery begun_before() {
    auto i = any("a.first");
    shared->in_flight.start({i.what.tenant, i.what.id, i.what.generation});
    return i;
  }
  void finish(const decoded_delivery& i) {
    shared->in_flight.finish({i.what.tenant, i.what.id, i.what.generation}, succeeded{});
    world.settle();
  }
  void order(decoded_delivery i) {
    caf::anon_send(executor, start_effect{std::move(i), 1, false, shared->presence_epoch()});
    world.settle();
  }
  void end_oldest() {
    auto done = std::move(log.open.front());
    log.open.pop_front();
    done(succeeded{});
    world.settle();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(effect_executors)

BOOST_AUTO_TEST_CASE(higher_priorities_start_first_and_equal_ones_in_arrival_order) {
  running scene(1);
  scene.order("z.last");  // starts
  for (auto [type, priority] : {std::pair{"a.first", 0}, {"z.last", 9}, {"a.first", 3}, {"a.first", 9}}) {
    auto waiting = scene.any(type);
    if (priority > 0) waiting.what.priority = priority;
    scene.order(std::move(waiting));
  }
  while (!scene.log.open.empty()) scene.end_oldest();
  BOOST_TEST((scene.log.types == std::vector<std::string>{"z.last", "z.last", "a.first", "a.first", "a.first"}));
  BOOST_TEST((scene.log.priorities == std::vector<int>{0, 9, 9, 3, 0}));
}

BOOST_AUTO_TEST_CASE(an_ordered_queue_is_not_sorted_by_priority) {
  running scene(1, {}, true);
  for (int priority : {1, 2, 9, 3}) {
    auto waiting = scene.any("a.first");
    waiting.what.priority = priority;
    scene.order(std::move(waiting));
  }
  while (!scene.log.open.empty()) scene.end_oldest();
  BOOST_TEST((scene.log.priorities == std::vector<int>{1, 2, 9, 3}));
}

BOOST_AUTO_TEST_CASE(a_long_line_of_one_type_does_not_keep_another_from_its_turn) {
  running r{1};
  for (const auto* type : {"a.first", "a.first", "z.last", "a.first", "a.first"}) r.order(type);
  for (int i = 0; i < 4; ++i) r.end_oldest();
  BOOST_TEST(r.log.types == (std::vector<std::string>{"a.first", "a.first", "z.last", "a.first", "a.first"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_type_at_its_limit_is_passed_by_and_comes_when_it_may) {
  running r{2, {.backoff = {}, .concurrency = 1}};
  for (const auto* type : {"a.first", "a.first", "a.first", "z.last", "z.last"}) r.order(type);
  BOOST_TEST(r.log.types == (std::vector<std::string>{"a.first", "z.last"}), boost::test_tools::per_element());
  r.end_oldest();
  BOOST_TEST(r.log.types.back() == "a.first");
  r.end_oldest();
  BOOST_TEST(r.log.types.back() == "z.last");
}

BOOST_AUTO_TEST_CASE(effects_started_by_a_predecessor_count_as_running_and_report_their_outcome) {
  running r{1};
  const auto slow = r.begun_before(), over = r.begun_before();
  r.finish(over);
  r.order(slow);
  r.order("a.first");
  r.order(over);  // at the limit
  BOOST_TEST(r.ended == 1U);
  BOOST_TEST(r.log.types.empty());
  r.finish(slow);
  BOOST_TEST(r.ended == 2U);
  BOOST_TEST(r.log.types.size() == 1U);
}

BOOST_AUTO_TEST_CASE(neither_a_drain_nor_a_pause_abandons_effects_started_by_a_predecessor) {
  running r{1};
  const auto first = r.begun_before(), second = r.begun_before();
  caf::anon_send(r.executor, queue_limited{{.paused = true}});
  r.order(first);
  r.finish(first);
  BOOST_TEST(r.ended == 1U);
  caf::anon_send(r.executor, drain{r.executor});
  r.world.settle();
  const auto before = r.abandoned;
  r.order(second);
  r.finish(second);
  BOOST_TEST(r.ended == 2U);
  BOOST_TEST(r.abandoned == before);
  r.order("a.first");
  BOOST_TEST(r.abandoned == before + 1);
}

BOOST_AUTO_TEST_SUITE_END()
