// Requests that replay or discard many dead letters.
#include "tests/integration/end_to_end/operators.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

using namespace millrace::test;
using nlohmann::json;

namespace {

struct settling : operators_scene {
  settling() { serve(); }

  void execute(const std::string& sql) {
    pqxx::connection db{database_url()};
    pqxx::nontransaction{db}.exec(sql);
  }
  /// Adds dead letters of tasks without rows, each one second younger than the one before.
  void add_dead_letters(int dead_letters) {
    execute(
        "insert into millrace.dead_letter (id, tenant, task_id, type, queue, reason, error, attempts, generation, exchange,"
        " routing_key, content_type, properties, raw_properties, payload, body_size, died_at, fingerprint)"
        " select ('10000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'default',"
        " ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'notification.email', 'email', 'rejected', 'x', 1, "
        "0,"
        " '', 'email', 'application/json', '{}', '\\x0000', '{}', 2, now() - interval '1 hour' + n * interval '1 second', ''"
        " from generate_series(1, " +
        std::to_string(dead_letters) + ") n");
  }
  static std::string dead_letter_id(int n) {
    const auto digits = std::to_string(n);
    return "10000000-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits;
  }

  std::string operator_token = token("operator");
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_requests, settling)

BOOST_AUTO_TEST_CASE(committed_batches_are_reported_though_a_later_batch_fails) {
  add_dead_letters(250);
  execute(
      "create function millrace.fail_late() returns trigger language plpgsql as"
      " $$ begin raise 'gone' using errcode = 'cannot_connect_now'; end $$");
  execute("create trigger fail_late before update on millrace.dead_letter for each row when (old.id = '" +
          dead_letter_id(249) + "') execute function millrace.fail_late()");
  const auto response = ask(operator_token, "POST", "/dead-letters/discard", {{"reason", "test"}, {"queue", "email"}});
  BOOST_REQUIRE_EQUAL(response.status, 200);
  BOOST_TEST(response.body["settled"] == 200);
  BOOST_TEST(response.body["remaining"].is_null());
  BOOST_TEST(response.body["stopped"].get<std::string>().starts_with("stopped early: "));
  execute("drop trigger fail_late on millrace.dead_letter");
  const auto rest = ask(operator_token, "POST", "/dead-letters/discard", {{"reason", "test"}, {"queue", "email"}});
  BOOST_TEST(rest.body["settled"] == 50);
  BOOST_TEST(rest.body["remaining"] == 0);
  BOOST_TEST(rest.body["stopped"].is_null());
}

BOOST_AUTO_TEST_CASE(a_request_that_fails_in_its_first_batch_changes_nothing_and_is_answered_with_503) {
  add_dead_letters(3);
  execute(
      "create function millrace.fail() returns trigger language plpgsql as"
      " $$ begin raise 'gone' using errcode = 'cannot_connect_now'; end $$");
  execute("create trigger fail before update on millrace.dead_letter for each row execute function millrace.fail()");
  BOOST_TEST(ask(operator_token, "POST", "/dead-letters/discard", {{"reason", "test"}, {"queue", "email"}}).status == 503);
  BOOST_TEST(read("select count(*) from millrace.dead_letter where discarded_at is null") == "3");
}

BOOST_AUTO_TEST_CASE(a_replay_in_several_requests_keeps_its_rate) {
  add_dead_letters(4);
  json order{{"reason", "test"}, {"queue", "email"}, {"rate", 0.1}, {"limit", 2}, {"not_before", "2099-01-01T00:00:00Z"}};
  const auto first = ask(operator_token, "POST", "/dead-letters/replay", order);
  BOOST_REQUIRE_EQUAL(first.status, 200);
  BOOST_TEST(first.body["remaining"] == 2);
  BOOST_TEST(first.body["next_at"] == "2099-01-01T00:00:20.000000Z");
  order["not_before"] = first.body["next_at"];
  BOOST_TEST(ask(operator_token, "POST", "/dead-letters/replay", order).body["next_at"] == "2099-01-01T00:00:40.000000Z");
  BOOST_TEST(read("select string_agg(to_char(due_at at time zone 'UTC', 'SS'), ' ' order by due_at) from millrace.outbox") ==
             "00 10 20 30");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_unknown_or_settled_is_refused_and_a_dry_run_counts_the_open_dead_letters) {
  add_dead_letters(2);
  json order{{"reason", "test"}, {"ids", {dead_letter_id(1)}}};
  BOOST_TEST(ask(operator_token, "POST", "/dead-letters/discard", order).body["settled"] == 1);
  order["ids"] = {dead_letter_id(1), dead_letter_id(2), dead_letter_id(3)};
  order["dry_run"] = true;
  BOOST_TEST(ask(operator_token, "POST", "/dead-letters/discard", order).body["matching"] == 1);
  order.erase("dry_run");
  const auto response = ask(operator_token, "POST", "/dead-letters/discard", order).body;
  BOOST_TEST(response["settled"] == 1);
  BOOST_REQUIRE(response["refused"] == 2);
  BOOST_TEST(response["refusals"][0]["id"] == dead_letter_id(1));
  BOOST_TEST(response["refusals"][1]["id"] == dead_letter_id(3));
  BOOST_TEST(response["refusals"][1]["reason"] == "no such dead letter, or the filter excludes it");
}

BOOST_AUTO_TEST_CASE(an_unknown_id_is_refused_though_the_limit_is_used_up) {
  add_dead_letters(1);
  const auto response = ask(operator_token, "POST", "/dead-letters/discard",
                            {{"reason", "test"}, {"ids", {dead_letter_id(1), dead_letter_id(2)}}, {"limit", 1}});
  BOOST_TEST(response.body["settled"] == 1);
  BOOST_TEST(response.body["refused"] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
