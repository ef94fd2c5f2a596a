#include "actors/pipeline/committer.hpp"

#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;
using namespace std::chrono_literals;
using postgres::failure_class;

namespace {

struct money_type : transactional_handler {
  static constexpr auto type = "money";
  std::vector<outcome> execute(unit_of_work&, std::span<const task>) override { return {}; }
};
struct mail_type : effect_handler {
  static constexpr auto type = "mail";
  void execute(const task&, effect_context&, completion) override {}
};

/// A committer in virtual time. The test answers its transactions in the pool's place and records what it sends.
struct committing {
  node_ptr shared = std::make_shared<node_context>();
  std::shared_ptr<delivery_buffer> incoming = std::make_shared<delivery_buffer>();
  deterministic_system world;
  std::deque<run_unit> units;  ///< submitted and not answered
  std::vector<delivery_key> acknowledged, rejected, abandoned;
  std::vector<start_effect> effects;
  std::size_t settlements = 0, buffered = 0, due = 0;
  caf::actor peer, pool, committer;
  std::uint64_t last_tag = 0;

  committing() {
    shared->handlers->add<money_type>({});
    shared->handlers->add<mail_type>({});
    peer = world.keep(world.sys.spawn(
        [this](caf::event_based_actor*, int) -> caf::behavior {
          return {
              [this](const settled& s) {
                ++settlements;
                acknowledged.insert(acknowledged.end(), s.acknowledge.begin(), s.acknowledge.end());
                rejected.insert(rejected.end(), s.reject.begin(), s.reject.end());
              },
              [this](const millrace::actors::abandoned& a) {
                abandoned.insert(abandoned.end(), a.deliveries.begin(), a.deliveries.end());
              },
              [this](start_effect& e) { effects.push_back(std::move(e)); },
              [this](const deliveries& d) { buffered += d.batch.size(); },
              [this](const outbox_added&) { ++due; },
              [](const attach_committer&) {},
          };
        },
        0));
    shared->directory.put("outbox relay", peer);
    start_pool();
    start();
  }
  ~committing() {
    effects.clear();
    units.clear();
    shared->directory.clear();
  }

  void start_pool() {
    pool = world.keep(
        world.sys.spawn([this](caf::event_based_actor*,
                               int) -> caf::behavior { return {[this](run_unit& u) { units.push_back(std::move(u)); }}; },
                        0));
    shared->directory.put("postgres pool tasks", pool);
  }
  void start(bool ordered = false) {
    committer = world.keep(world.sys.spawn(millrace::actors::committer, shared,
                                           queue_config{{.name = "work", .ordered = ordered}}, incoming, peer));
    send(attach_consumer{peer});
  }
  template <class Message>
  void send(Message m) {
    caf::anon_send(committer, std::move(m));
    world.settle();
  }

  decoded_delivery delivery(const char* type = "money", std::uint64_t epoch = 1) {
    decoded_delivery i;
    i.what = make_task(type, "{}");
    i.what.id = uuid::v7(std::chrono::system_clock::now());
    i.key = {amqp::channel_epoch{epoch}, amqp::delivery_tag{++last_tag}};
    return i;
  }
  void deliver(std::vector<decoded_delivery> batch) { send(commit_deliveries{std::move(batch)}); }
  void deliver(std::size_t count) {
    std::vector<decoded_delivery> batch;
    while (batch.size() < count) batch.push_back(delivery());
    deliver(std::move(batch));
  }

  const commit_plan& plan() const { return *units.front().work.target<batch_work>()->plan; }
  /// The delivery tags of the open transaction.
  std::string tags() const {
    if (units.empty()) return "none";
    std::string all;
    for (auto& item : *plan().items)
      all += (all.empty() ? "" : " ") + std::to_string(static_cast<std::uint64_t>(delivery_in(item)->key.tag));
    return all;
  }
  void answer(unit_result r) {
    BOOST_REQUIRE(!units.empty());
    auto sequence = units.front().sequence;
    units.pop_front();
    send(unit_done{sequence, std::move(r)});
  }
  void succeed(commit_result r = {}) { answer(std::any{std::make_shared<const commit_result>(std::move(r))}); }
  void fail(failure_class kind, std::string sqlstate = "22003") {
    answer(tl::unexpected(postgres::failure{kind, std::move(sqlstate), "no"}));
  }
  std::string acknowledged_tags() const {
    std::string all;
    for (auto& k : acknowledged) all += (all.empty() ? "" : " ") + std::to_string(static_cast<std::uint64_t>(k.tag));
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(committers, committing)

BOOST_AUTO_TEST_CASE(nothing_is_settled_before_the_commit) {
  deliver(2);
  BOOST_TEST(tags() == "1 2");
  BOOST_TEST(settlements == 0U);
  succeed();
  BOOST_TEST(acknowledged_tags() == "1 2");
  BOOST_TEST(units.empty());
}

BOOST_AUTO_TEST_CASE(deliveries_that_arrive_during_a_transaction_form_the_next_one) {
  deliver(1);
  deliver(1);
  deliver(2);
  BOOST_TEST(units.size() == 1U);
  succeed();
  BOOST_TEST(tags() == "2 3 4");
}

BOOST_AUTO_TEST_CASE(the_buffer_is_held_during_a_transaction_and_released_after_it) {
  deliver(1);
  BOOST_TEST(!incoming->add(amqp::channel_epoch{1}, std::vector<amqp::delivery>(3)).has_value());
  BOOST_TEST(buffered == 0U);
  succeed();
  BOOST_TEST(buffered == 3U);
}

BOOST_AUTO_TEST_CASE(two_deliveries_of_one_task_never_share_a_transaction) {
  auto first = delivery();
  auto second = first;
  second.key.tag = amqp::delivery_tag{7};
  deliver({first, second});
  BOOST_TEST(tags() == "1");
  succeed();
  BOOST_TEST(tags() == "7");
  commit_result duplicate;
  duplicate.duplicates = {0};
  duplicate.found_recorded = true;
  succeed(duplicate);
  BOOST_TEST(acknowledged_tags() == "1 7");
  deliver(1);
  BOOST_TEST(plan().expects_recorded);
}

BOOST_AUTO_TEST_CASE(an_oversized_delivery_is_rejected) {
  auto large = delivery();
  large.source.oversized = true;
  deliver({large});
  succeed();
  BOOST_TEST(acknowledged.empty());
  BOOST_TEST(rejected.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_claimed_effect_starts_after_the_commit_and_keeps_its_delivery) {
  deliver({delivery("mail")});
  BOOST_TEST(effects.empty());
  commit_result claimed;
  claimed.claimed.push_back({0, 3, 17, false});
  succeed(claimed);
  BOOST_REQUIRE(effects.size() == 1U);
  BOOST_TEST(effects[0].claim == 17);
  BOOST_TEST(effects[0].delivery.what.attempt == 3U);
  BOOST_TEST(settlements == 0U);
  send(effect_ended{effects[0].delivery.what, 17, succeeded{}, 1ms, {effects[0].delivery.key}, {}});
  BOOST_TEST(units.size() == 1U);
  BOOST_TEST(settlements == 0U);
  succeed();
  BOOST_TEST(acknowledged_tags() == "1");
}

BOOST_AUTO_TEST_CASE(a_batch_with_invalid_data_is_halved_until_the_task_is_alone_and_dead) {
  deliver(4);
  fail(failure_class::isolate);
  BOOST_TEST(tags() == "1 2");
  deliver(1);  // waits for all parts
  succeed();
  BOOST_TEST(tags() == "3 4");
  fail(failure_class::isolate);
  BOOST_TEST(tags() == "3");
  BOOST_TEST(!plan().forced_outcome.has_value());
  fail(failure_class::isolate);
  BOOST_TEST(tags() == "3");
  BOOST_REQUIRE(plan().forced_outcome.has_value());
  BOOST_TEST((std::get<dead>(*plan().forced_outcome).reason == dead_reason::poison));
  BOOST_TEST(std::get<dead>(*plan().forced_outcome).error == "no (SQLSTATE 22003)");
  succeed();
  BOOST_TEST(tags() == "4");
  succeed();
  BOOST_TEST(acknowledged_tags() == "1 2 3 4");
  BOOST_TEST(tags() == "5");
}

BOOST_AUTO_TEST_CASE(a_lone_task_gets_the_outcome_of_its_failure) {
  deliver(1);
  fail(failure_class::isolate, "");  // an exception of the handler
  BOOST_REQUIRE(plan().forced_outcome.has_value());
  BOOST_TEST((std::get<retry>(*plan().forced_outcome).error == "no"));
  succeed();
  deliver(1);
  fail(failure_class::isolate, std::string{postgres::query_canceled});
  BOOST_TEST((std::get<snooze>(*plan().forced_outcome).after == 5min));
  succeed();
  deliver(1);
  *units.front().work.target<batch_work>()->refused = true;
  fail(failure_class::isolate);
  BOOST_TEST((std::get<dead>(*plan().forced_outcome).reason == dead_reason::invalid_follow_up));
}

BOOST_AUTO_TEST_CASE(a_slow_task_of_an_ordered_queue_keeps_its_place) {
  start(true);
  deliver(1);
  BOOST_TEST(plan().ordered);
  fail(failure_class::isolate, std::string{postgres::query_canceled});
  BOOST_TEST(units.empty());
  world.advance(5s);
  BOOST_TEST(tags() == "1");
  BOOST_TEST(!plan().forced_outcome.has_value());
}

// The pool itself repeats transactions of the classes retry, in_doubt and pause. If it gives up, nothing is settled.
BOOST_AUTO_TEST_CASE(any_other_failure_is_retried_as_a_whole_after_five_seconds) {
  for (auto kind : {failure_class::stop, failure_class::retry, failure_class::in_doubt, failure_class::pause}) {
    const auto before = acknowledged.size();
    deliver(2);
    const auto batch = tags();
    fail(kind);
    deliver(1);
    BOOST_TEST(units.empty());
    world.advance(4'999ms);
    BOOST_TEST(units.empty());
    world.advance(1ms);
    BOOST_TEST(tags() == batch);
    BOOST_TEST(acknowledged.size() == before);
    succeed();
    succeed();
    BOOST_TEST(acknowledged.size() == before + 3);
  }
}

BOOST_AUTO_TEST_CASE(a_forced_outcome_that_cannot_be_recorded_is_not_forced_again) {
  deliver(1);
  fail(failure_class::isolate);
  fail(failure_class::isolate);
  BOOST_TEST(units.empty());
  world.advance(5s);
  BOOST_TEST(!plan().forced_outcome.has_value());
}

BOOST_AUTO_TEST_CASE(a_restarted_pool_gets_the_open_transaction_again_and_counts_it_once) {
  deliver(1);
  auto first = units.front().sequence;
  caf::anon_send_exit(pool, caf::exit_reason::kill);
  world.settle();
  units.clear();
  start_pool();
  world.advance(20ms);
  BOOST_TEST(tags() == "1");
  succeed();
  send(unit_done{first, std::any{std::make_shared<const commit_result>()}});
  BOOST_TEST(acknowledged_tags() == "1");
}

BOOST_AUTO_TEST_CASE(a_task_that_another_node_executes_is_recorded_again_at_growing_intervals) {
  commit_result elsewhere;
  elsewhere.blocked = {0};
  deliver(1);
  succeed(elsewhere);
  for (auto pause : {10ms, 20ms, 40ms, 80ms, 100ms, 100ms}) {
    world.advance(pause - 1ms);
    BOOST_TEST(units.empty());
    world.advance(1ms);
    BOOST_TEST(tags() == "1");
    succeed(elsewhere);
  }
  BOOST_TEST(settlements == 0U);
  world.advance(100ms);
  succeed();
  BOOST_TEST(acknowledged_tags() == "1");
}

BOOST_AUTO_TEST_CASE(blocked_deliveries_of_a_lost_channel_are_dropped) {
  commit_result elsewhere;
  elsewhere.blocked = {0};
  deliver(1);
  succeed(elsewhere);
  deliver({delivery("money", 2)});
  succeed();
  world.advance(100ms);
  BOOST_TEST(units.empty());
  BOOST_TEST(acknowledged_tags() == "2");
}

BOOST_AUTO_TEST_CASE(a_drain_abandons_blocked_deliveries_before_and_after_it) {
  commit_result elsewhere;
  elsewhere.blocked = {0};
  deliver(1);
  succeed(elsewhere);
  deliver(1);
  send(drain{peer});
  BOOST_TEST(abandoned.size() == 1U);
  succeed(elsewhere);
  BOOST_TEST(abandoned.size() == 2U);
  world.advance(1s);
  BOOST_TEST(units.empty());
  BOOST_TEST(settlements == 0U);
}

BOOST_AUTO_TEST_CASE(outbox_rows_wake_the_relay) {
  deliver(1);
  commit_result rows;
  rows.next_due = std::chrono::system_clock::now();
  succeed(rows);
  BOOST_TEST(due == 1U);
}

BOOST_AUTO_TEST_CASE(a_successor_records_again_the_effects_that_were_claimed) {
  deliver({delivery("mail")});
  commit_result claimed;
  claimed.claimed.push_back({0, 1, 17, false});
  succeed(claimed);
  start();
  BOOST_REQUIRE(units.size() == 1U);
  auto* again = delivery_in(plan().items->front());
  BOOST_TEST(again->claimed_before);
  BOOST_TEST(!again->key);
}

BOOST_AUTO_TEST_SUITE_END()
