#include "actors/pipeline/batch_transaction.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

using namespace millrace;
using namespace millrace::actors;

namespace {

/// Ends each task as its payload requests.
class mostly_done : public transactional_handler {
 public:
  static constexpr auto type = "test.mostly";
  std::vector<outcome> execute(unit_of_work&, std::span<const task> batch) override {
    std::vector<outcome> outcomes;
    for (auto& t : batch) outcomes.push_back(outcome_of(t.payload.view()));
    return outcomes;
  }
  std::string_view usual_result() const noexcept override { return R"({"done":true})"; }

 private:
  static outcome outcome_of(std::string_view wish) {
    if (wish == R"("usual")") return succeeded{R"({"done":true})"};
    if (wish == R"("other")") return succeeded{R"({"done":false})"};
    if (wish == R"("none")") return succeeded{};
    if (wish == R"("retry")") return retry{std::nullopt, "not yet"};
    return dead{dead_reason::rejected, "never"};
  }
};

struct usual_result_database : test::migrated_database {
  /// The task's row after a delivery with that payload: "state result".
  std::string after(const std::string& wish, int number, std::string reply_to = {}) {
    auto handlers = std::make_shared<registry>();
    handlers->add<mostly_done>({});
    decoded_delivery i;
    i.what.id.bytes[15] = static_cast<std::uint8_t>(number);
    i.what.type = mostly_done::type;
    i.what.queue = "priority";
    i.what.payload = shared_bytes::own('"' + wish + '"');
    i.what.reply_to = std::move(reply_to);
    i.what.received_at = std::chrono::system_clock::now();
    i.source.body = i.what.payload.view();
    const commit_plan plan{
        .items = std::make_shared<const std::vector<commit_item>>(1, std::make_shared<decoded_delivery>(std::move(i))),
        .handlers = handlers,
        .node = "node-1",
        .now = std::chrono::system_clock::now(),
        .forced_outcome = {}};
    run([&](unit_of_work& work) { run_batch_transaction(work, plan); });
    return ask(
        "select state || ' ' || coalesce(result, 'null') from millrace.task where id = '00000000-0000-0000-0000-0000000000" +
        std::string(number < 16 ? "0" : "") + std::to_string(number) + "'");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(usual_results, usual_result_database)

BOOST_AUTO_TEST_CASE(a_task_has_the_result_of_its_own_execution) {
  BOOST_TEST(after("usual", 1) == R"(succeeded {"done":true})");
  BOOST_TEST(after("other", 2) == R"(succeeded {"done":false})");
  BOOST_TEST(after("none", 3) == "succeeded null");
  BOOST_TEST(after("retry", 4) == "retrying null");
  BOOST_TEST(after("dead", 5) == "dead null");
}

BOOST_AUTO_TEST_CASE(the_requester_gets_the_usual_result_too) {
  BOOST_TEST(after("usual", 1, "answers") == R"(succeeded {"done":true})");
  BOOST_TEST(
      ask("select convert_from(body, 'UTF8')::json ->> 'result' from millrace.outbox where routing_key = 'answers'") ==
      R"({"done":true})");
}

BOOST_AUTO_TEST_SUITE_END()
