#include "actors/pipeline/batch_transaction.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

using namespace millrace;
using namespace millrace::actors;

namespace {

/// Executes some SQL and requests the given number of follow-ups.
class asks_for_more : public transactional_handler {
 public:
  static constexpr auto type = "test.more";
  explicit asks_for_more(std::size_t wanted) : wanted_(wanted) {}

  std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) override {
    for (auto& t : batch) work.transaction().exec("insert into done values ('" + to_string(t.id) + "')");
    return std::vector<outcome>(batch.size(),
                                succeeded{"", std::vector(wanted_, follow_up{.type = "next", .payload = "1"})});
  }

 private:
  std::size_t wanted_;
};

struct follow_up_database : test::migrated_database {
  follow_up_database() { exec("create table done (id uuid)"); }

  static commit_plan plan_for(std::size_t wanted) {
    auto handlers = std::make_shared<registry>();
    handlers->add<asks_for_more>({}, wanted);
    decoded_delivery i;
    i.what.id = *uuid::parse("0190a1b2-0000-7000-8000-000000000001");
    i.what.type = asks_for_more::type;
    i.what.payload = shared_bytes::own("{}");
    i.what.received_at = std::chrono::system_clock::now();
    return {.items = std::make_shared<const std::vector<commit_item>>(1, std::make_shared<decoded_delivery>(i)),
            .handlers = handlers,
            .node = "node-1",
            .now = i.what.received_at,
            .forced_outcome = {}};
  }
  void commit(const commit_plan& plan) {
    run([&](unit_of_work& work) { run_batch_transaction(work, plan); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(follow_ups, follow_up_database)

BOOST_AUTO_TEST_CASE(they_are_committed_with_the_work_and_not_again_by_a_redelivery) {
  commit(plan_for(3));
  commit(plan_for(3));
  BOOST_TEST(ask("select count(*) from done") == "1");
  BOOST_TEST(ask("select count(distinct message_id) from millrace.outbox where type = 'next'") == "3");
  BOOST_TEST(ask("select count(*) from millrace.outbox") == "3");
}

BOOST_AUTO_TEST_CASE(too_many_of_them_roll_the_work_back_and_the_task_alone_becomes_a_dead_letter) {
  auto plan = plan_for(101);
  BOOST_CHECK_THROW(commit(plan), follow_ups_refused);
  BOOST_TEST(ask("select count(*) from done") == "0");
  plan.forced_outcome = dead{dead_reason::invalid_follow_up, "101 follow-ups"};
  commit(plan);
  BOOST_TEST(ask("select count(*) from done") == "0");
  BOOST_TEST(ask("select reason from millrace.dead_letter") == "invalid_follow_up");
  BOOST_TEST(ask("select count(*) from millrace.outbox") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
