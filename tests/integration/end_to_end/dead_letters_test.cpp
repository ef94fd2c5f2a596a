#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

struct dead_letters_scene : scene {
  /// The first field of the first row, or empty.
  std::string ask(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::nontransaction read{db};
    auto rows = read.exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }
  bool becomes(const std::string& task, const std::string& state) const {
    return wait_until([&] { return ask("select state from millrace.task where original_id = '" + task + "'") == state; });
  }
  /// The only open dead letter, as printed by `millrace dead list --json`.
  nlohmann::json only_dead_letter() {
    BOOST_REQUIRE_EQUAL(run({"dead", "list", "--json"}), 0);
    return nlohmann::json::parse(output());
  }
  long accepted_webhooks() const {
    long n = 0;
    for (auto& w : webhooks()) n += w["status"] == 204;
    return n;
  }
};

std::string hook(const std::string& url) { return R"({"url":")" + url + R"(","event":"paid","data":{}})"; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dead_letters, dead_letters_scene)

BOOST_AUTO_TEST_CASE(a_task_that_died_is_corrected_and_replayed_once) {
  serve();
  BOOST_REQUIRE_EQUAL(run({"publish", "notification.webhook", hook(webhook_url() + "/status/410"), "--id", "hook-1"}), 0);
  BOOST_REQUIRE(becomes("hook-1", "dead"));
  auto letter = only_dead_letter();
  BOOST_CHECK_EQUAL(letter["dead_reason"], "rejected");
  BOOST_CHECK_EQUAL(letter["original_id"], "hook-1");

  const std::vector<std::string> replay{"dead",  "replay", letter["id"], "--edit", hook(webhook_url() + "/corrected"),
                                        "--why", "moved",  "--actor",    "ada"};
  BOOST_REQUIRE_MESSAGE(run(replay) == 0, output());
  BOOST_REQUIRE(becomes("hook-1", "succeeded"));
  BOOST_REQUIRE_EQUAL(run({"task", "show", "hook-1", "--json"}), 0);
  BOOST_CHECK_EQUAL(nlohmann::json::parse(output())["attempt"], 1);
  BOOST_CHECK_EQUAL(accepted_webhooks(), 1);
  BOOST_CHECK_EQUAL(ask("select actor || ' ' || action from millrace.audit where action = 'dead.replay'"),
                    "ada dead.replay");

  BOOST_CHECK_EQUAL(run(replay), 1);
  auto again = replay;
  again.emplace_back("--again");
  BOOST_CHECK_EQUAL(run(again), 1);
  BOOST_REQUIRE(settle(30s));
  BOOST_CHECK_EQUAL(accepted_webhooks(), 1);
  BOOST_CHECK_EQUAL(ask("select state || ' ' || generation from millrace.task"), "succeeded 1");
  BOOST_REQUIRE_EQUAL(run({"dead", "list"}), 0);
  BOOST_CHECK_EQUAL(output(), "");
  BOOST_CHECK_MESSAGE(run({"verify"}) == 0, output());
}

BOOST_AUTO_TEST_CASE(a_replayed_task_that_dies_again_is_a_new_dead_letter_that_this_replay_leaves_alone) {
  serve();
  BOOST_REQUIRE_EQUAL(run({"publish", "notification.webhook", hook(webhook_url() + "/status/410"), "--id", "hook-2"}), 0);
  BOOST_REQUIRE(becomes("hook-2", "dead"));
  auto first = only_dead_letter();
  BOOST_REQUIRE_EQUAL(run({"dead", "replay", "--class", "rejected", "--why", "try"}), 0);
  BOOST_REQUIRE(wait_until([&] { return ask("select state || ' ' || generation from millrace.task") == "dead 1"; }));
  auto second = only_dead_letter();
  BOOST_CHECK_NE(first["id"].get<std::string>(), second["id"].get<std::string>());
  BOOST_CHECK_EQUAL(first["fingerprint"], second["fingerprint"]);
  BOOST_CHECK_EQUAL(second["generation"], 1);
  BOOST_CHECK_EQUAL(ask("select count(*) from millrace.dead_letter where replayed_at is not null"), "1");
}

BOOST_AUTO_TEST_CASE(a_message_from_the_dead_letter_queue_is_replayed_to_the_queue_of_its_type) {
  serve();
  BOOST_REQUIRE_EQUAL(run({"publish", "notification.email", R"({"to":"a@example.org","subject":"Hi","text":"Hello"})",
                           "--id", "mail-1", "--queue", "dead-letter"}),
                      0);
  BOOST_REQUIRE(becomes("mail-1", "dead"));
  BOOST_REQUIRE_EQUAL(run({"dead", "replay", only_dead_letter()["id"], "--why", "wrong queue"}), 0);
  BOOST_REQUIRE(becomes("mail-1", "succeeded"));
  BOOST_CHECK_EQUAL(mails().size(), 1u);
  BOOST_CHECK_EQUAL(ask("select queue from millrace.task"), "email");
}

BOOST_AUTO_TEST_SUITE_END()
