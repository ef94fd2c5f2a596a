#include "actors/commit_batch.hpp"
#include "tests/integration/postgres/database.hpp"

using namespace millrace;

namespace {

struct some_effect : effect_handler {
  static constexpr auto type = "test.effect";
  void execute(const task&, effect_context&, completion) override {}
};

struct other_effect : some_effect {
  static constexpr auto type = "test.other";
};

/// One task, and what its committers do with it.
struct effect_database : test::migrated_database {
  static inbound delivery(std::string type = some_effect::type) {
    inbound i;
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
  commit_result commit(commit_item item, std::optional<outcome> verdict = {}) {
    auto handlers = std::make_shared<registry>();
    handlers->add<some_effect>({});
    handlers->add<other_effect>({});
    const commit_plan plan{std::make_shared<const std::vector<commit_item>>(1, std::move(item)), handlers, "node-1",
                           std::chrono::system_clock::now(), std::move(verdict)};
    commit_result result;
    run([&](unit_of_work& work) { result = commit_batch(work, plan); });
    return result;
  }
  std::string state() { return ask("select state from millrace.task"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(effect_outcomes, effect_database)

BOOST_AUTO_TEST_CASE(what_had_begun_in_time_ends_by_its_outcome_though_it_comes_again_too_late) {
  BOOST_TEST(commit(delivery()).effects.size() == 1U);
  auto late = delivery();
  late.expired = true;
  const auto again = commit(late);
  BOOST_REQUIRE(again.effects.size() == 1U);
  BOOST_TEST(again.effects[0].resumed);
  BOOST_TEST(again.endings.empty());
  commit(end(succeeded{"{}"}));
  BOOST_TEST(state() == "succeeded");
}

BOOST_AUTO_TEST_CASE(an_outcome_is_recorded_once_whoever_brings_it_again) {
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

BOOST_AUTO_TEST_CASE(the_letter_of_an_id_conflict_does_not_stand_for_the_death_of_the_task) {
  commit(delivery());
  commit(delivery(other_effect::type));
  commit(end(dead{dead_reason::rejected, "410"}));
  BOOST_TEST(state() == "dead");
  BOOST_TEST(ask("select string_agg(reason, ' ' order by reason) from millrace.dead_letter") == "id_conflict rejected");
}

BOOST_AUTO_TEST_SUITE_END()
