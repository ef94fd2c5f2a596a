#include "actors/pipeline/batch_transaction.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

using namespace millrace;
using namespace millrace::actors;
using namespace std::chrono_literals;

namespace {

struct some_effect : effect_handler {
  static constexpr auto type = "test.effect";
  void execute(const task&, effect_context&, completion) override {}
};

struct other_effect : some_effect {
  static constexpr auto type = "test.other";
};

/// One task, and the commits of its deliveries and outcomes.
struct effect_database : test::migrated_database {
  effect_database() { wait_for_deaths_to_count(); }

  static decoded_delivery delivery(std::string type = some_effect::type) {
    decoded_delivery i;
    i.what.id = *uuid::parse("0190a1b2-0000-7000-8000-000000000001");
    i.what.tenant = "default";
    i.what.type = std::move(type);
    i.what.queue = "email";
    i.what.payload = shared_bytes::own("{}");
    i.what.received_at = std::chrono::system_clock::now();
    i.source.body = "{}";
    return i;
  }
  static effect_ended end(outcome result, std::int64_t claim = 1) {
    auto what = delivery().what;
    what.attempt = 1;
    return {std::move(what), claim, std::move(result), {}, {}, delivery().source};
  }
  commit_result commit(decoded_delivery i, std::optional<outcome> forced_outcome = {}) {
    return commit(commit_item{std::make_shared<decoded_delivery>(std::move(i))}, std::move(forced_outcome));
  }
  commit_result commit(effect_ended e, std::optional<outcome> forced_outcome = {}) {
    return commit(commit_item{std::make_shared<effect_ended>(std::move(e))}, std::move(forced_outcome));
  }
  commit_result commit(commit_item item, std::optional<outcome> forced_outcome) {
    auto handlers = std::make_shared<registry>();
    handlers->add<some_effect>({});
    handlers->add<other_effect>({});
    const commit_plan plan{.items = std::make_shared<const std::vector<commit_item>>(1, std::move(item)),
                           .handlers = handlers,
                           .node = node,
                           .now = std::chrono::system_clock::now(),
                           .read_liveness = [this] { return live; },
                           .lease_above = lease_above,
                           .forced_outcome = std::move(forced_outcome)};
    commit_result result;
    run([&](unit_of_work& work) { result = run_batch_transaction(work, plan); });
    return result;
  }
  std::string node = "node-1";
  liveness live;
  std::chrono::milliseconds lease_above = std::chrono::milliseconds::max();
  std::string state() { return ask("select state from millrace.task"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(effect_outcomes, effect_database)

BOOST_AUTO_TEST_CASE(a_started_task_ends_by_its_outcome_despite_a_late_redelivery) {
  BOOST_TEST(commit(delivery()).claimed.size() == 1U);
  auto late = delivery();
  late.expired = true;
  BOOST_TEST(commit(late).blocked.size() == 1U);
  commit(end(succeeded{"{}"}));
  BOOST_TEST(state() == "succeeded");
  BOOST_TEST(commit(late).duplicates.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_effect_that_has_ended_keeps_its_outcome_though_writing_it_took_too_long) {
  for (const outcome& forced : {outcome{snooze{5min}}, outcome{retry{std::nullopt, "too slow"}}}) {
    exec("delete from millrace.task");
    commit(delivery());
    commit(end(succeeded{"{}"}), forced);
    BOOST_TEST(state() == "succeeded");
  }
}

BOOST_AUTO_TEST_CASE(an_effect_claimed_in_time_continues_after_a_late_restart_of_its_actor) {
  commit(delivery());
  auto adopted = delivery();
  adopted.what.expires_at = adopted.what.received_at;
  adopted.claimed_before = true;
  BOOST_TEST(commit(adopted).claimed.size() == 1U);
  commit(end(succeeded{"{}"}, 2));
  BOOST_TEST(state() == "succeeded");
}

BOOST_AUTO_TEST_CASE(a_process_that_others_may_take_for_dead_claims_no_effect) {
  live = {.may_claim = false};
  const auto waits = commit(delivery());
  BOOST_TEST(waits.deferred.size() == 1U);
  BOOST_TEST(ask("select count(*) from millrace.task") == "0");
}

BOOST_AUTO_TEST_CASE(a_delivery_blocked_for_long_moves_to_the_outbox_and_is_acknowledged) {
  commit(delivery());
  node = "node-2";
  live = {.may_take_over = false};
  auto copy = delivery();
  copy.key = {amqp::channel_epoch{1}, amqp::delivery_tag{1}};
  BOOST_TEST(commit(copy).blocked.size() == 1U);
  copy.blocked_since = std::chrono::system_clock::now() - 1min;
  BOOST_TEST(commit(copy).handed_off.size() == 1U);
  BOOST_TEST(ask("select headers ->> 'millrace-generation' from millrace.outbox where due_at > now()") == "0");
}

BOOST_AUTO_TEST_CASE(a_task_started_in_time_on_a_dead_node_is_restarted) {
  commit(delivery());
  auto late = delivery();
  late.expired = true;
  node = "node-2";
  BOOST_TEST(commit(late).claimed.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_of_the_broker_waits_for_the_running_effect) {
  commit(delivery());
  auto letter = delivery();
  letter.problem = dead{dead_reason::dead_lettered, "delivered too often"};
  BOOST_TEST(commit(letter).blocked.size() == 1U);
  commit(end(succeeded{"{}"}));
  BOOST_TEST(commit(letter).duplicates.size() == 1U);
  BOOST_TEST(ask("select count(*) from millrace.dead_letter") == "0");
}

BOOST_AUTO_TEST_CASE(a_task_with_a_cancel_request_is_not_restarted_after_its_node_died) {
  commit(delivery());
  exec("update millrace.task set cancel_requested_at = now()");
  node = "node-2";
  const auto again = commit(delivery());
  BOOST_TEST(again.claimed.empty());
  BOOST_REQUIRE(again.endings.size() == 1U);
  BOOST_TEST(again.endings[0].outcome == "cancelled");
  BOOST_TEST(state() == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_long_task_is_leased_with_its_claim_and_the_lease_ends_with_it) {
  lease_above = 1s;
  const auto claimed = commit(delivery());
  BOOST_REQUIRE(claimed.claimed.size() == 1U);
  BOOST_TEST(claimed.claimed[0].leased);
  BOOST_TEST(ask("select node || ' ' || type || ' ' || convert_from(body, 'UTF8') from millrace.lease") ==
             "node-1 test.effect {}");
  commit(end(succeeded{"{}"}));
  BOOST_TEST(ask("select count(*) from millrace.lease") == "0");
}

BOOST_AUTO_TEST_CASE(a_process_that_lost_its_task_writes_no_outcome_and_ends_no_lease) {
  lease_above = 1s;
  commit(delivery());
  node = "node-2";
  commit(delivery());
  node = "node-1";
  BOOST_TEST(commit(end(succeeded{"{}"})).endings.empty());
  BOOST_TEST(ask("select node from millrace.lease") == "node-2");
  BOOST_TEST(state() == "running");
}

BOOST_AUTO_TEST_CASE(an_outcome_is_recorded_once_despite_repeats) {
  commit(delivery());
  BOOST_TEST(commit(end(retry{{}, "busy"})).endings.size() == 1U);
  BOOST_TEST(commit(end(retry{{}, "busy"})).endings.empty());
  BOOST_TEST(state() == "retrying");
  BOOST_TEST(ask("select count(*) from millrace.outbox") == "1");
}

BOOST_AUTO_TEST_CASE(trouble_with_writing_an_outcome_does_not_change_it) {
  commit(delivery());
  commit(end(succeeded{"{}"}), retry{{}, "three connections were lost with it"});
  BOOST_TEST(state() == "succeeded");
}

BOOST_AUTO_TEST_CASE(the_dead_letter_of_an_id_conflict_is_not_the_death_of_the_task) {
  commit(delivery());
  commit(delivery(other_effect::type));
  commit(end(dead{dead_reason::rejected, "410"}));
  BOOST_TEST(state() == "dead");
  BOOST_TEST(ask("select string_agg(reason, ' ' order by reason) from millrace.dead_letter") == "id_conflict rejected");
}

BOOST_AUTO_TEST_SUITE_END()
