#include "connectors/postgres/task/outbox_store.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <map>

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::migrated_database;

namespace {

struct enqueue_database : migrated_database {
  std::vector<outbox_row> take() {
    std::vector<outbox_row> rows;
    run([&](unit_of_work& work) { rows = take_due(work, 100, std::chrono::minutes{1}).rows; });
    return rows;
  }
  /// The error of `select millrace.enqueue(arguments)`; empty on success.
  std::string error_of(const std::string& arguments) {
    const auto done =
        session.run([&](unit_of_work& work) { work.transaction().exec("select millrace.enqueue(" + arguments + ")"); });
    if (done) return "";
    BOOST_TEST(done.error().sqlstate == "22023");
    return done.error().message;
  }
  void refused(const std::string& arguments, const std::string& why) {
    const auto error = error_of(arguments);
    BOOST_TEST(error.find("millrace.enqueue: " + why) != std::string::npos, arguments << ": " << error);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sql_enqueue, enqueue_database)

BOOST_AUTO_TEST_CASE(type_and_payload_are_enough_and_the_id_is_time_ordered) {
  const auto first = ask("select millrace.enqueue('notification.email', '{\"to\": \"a@example.org\"}')");
  const auto second = ask("select millrace.enqueue('notification.email', '{}')");
  BOOST_TEST(first.substr(14, 1) == "7");
  BOOST_TEST(std::string("89ab").find(first[19]) != std::string::npos);
  BOOST_TEST(first.substr(0, 13) <= second.substr(0, 13));
  const auto rows = take();
  BOOST_REQUIRE(rows.size() == 2U);
  BOOST_TEST(rows[0].exchange == "millrace");
  BOOST_TEST(rows[0].routing_key == "notification.email");
  BOOST_TEST(rows[0].type == "notification.email");
  BOOST_TEST(rows[0].message_id == first);
  BOOST_TEST(rows[0].content_type == "application/json");
  BOOST_TEST(rows[0].body == R"({"to": "a@example.org"})");
  BOOST_TEST(!rows[0].priority.has_value());
  std::map<std::string, std::string> headers(rows[0].headers.begin(), rows[0].headers.end());
  BOOST_TEST(headers.size() == 3U);
  BOOST_TEST(headers["tenant"] == "default");
  BOOST_TEST(headers["millrace-generation"] == "0");
  BOOST_TEST(headers["millrace-published-at"] == std::to_string(*rows[0].due_at_us));
}

BOOST_AUTO_TEST_CASE(everything_a_message_can_say_can_be_said) {
  const auto id = ask(
      "select millrace.enqueue('a', '1', id => '0190a1b2-0000-7000-8000-000000000001', queue => 'priority', tenant => "
      "'acme',"
      " due => now() - interval '1 day', priority => 9, correlation_id => 'c-1', reply_to => 'answers', max_attempts => 3,"
      " traceparent => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')");
  BOOST_TEST(id == "0190a1b2-0000-7000-8000-000000000001");
  const auto rows = take();
  BOOST_REQUIRE(rows.size() == 1U);
  BOOST_TEST(rows[0].exchange == "");
  BOOST_TEST(rows[0].routing_key == "priority");
  BOOST_TEST(rows[0].message_id == id);
  BOOST_TEST(rows[0].correlation_id == "c-1");
  BOOST_TEST(rows[0].reply_to == "answers");
  BOOST_TEST(int{rows[0].priority.value()} == 9);
  std::map<std::string, std::string> headers(rows[0].headers.begin(), rows[0].headers.end());
  BOOST_TEST(headers["tenant"] == "acme");
  BOOST_TEST(headers["max_attempts"] == "3");
  BOOST_TEST(headers["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

BOOST_AUTO_TEST_CASE(a_task_of_a_transaction_that_is_rolled_back_does_not_exist) {
  BOOST_CHECK_THROW((void)session.run([](unit_of_work& work) {
    work.transaction().exec("select millrace.enqueue('a', '{}')");
    throw std::runtime_error("rolled back");
  }),
                    std::runtime_error);
  BOOST_TEST(ask("select count(*) from millrace.outbox") == "0");
}

BOOST_AUTO_TEST_CASE(a_task_may_wait_for_years) {
  exec("select millrace.enqueue('a', '{}', due => '2199-12-31 23:59:59.999999+00')");
  BOOST_TEST(take().empty());
  BOOST_TEST(ask("select due_at = '2199-12-31 23:59:59.999999+00' from millrace.outbox") == "t");
}

BOOST_AUTO_TEST_CASE(a_follow_up_that_the_queue_would_refuse_is_refused) {
  refused("null, '{}'", "type is missing");
  refused("'', '{}'", "type is missing");
  refused("repeat('x', 256), '{}'", "type is longer");
  refused("e'a\\nb', '{}'", "type holds control");
  refused("'a', null", "payload is null");
  refused("'a', to_jsonb(repeat('x', 16777216))", "payload is larger than 16 MiB");
  refused("'a', '{}', queue => ''", "queue must be");
  refused("'a', '{}', queue => repeat('x', 256)", "queue must be");
  refused("'a', '{}', tenant => 'a b'", "tenant must be");
  refused("'a', '{}', tenant => null", "tenant must be");
  refused("'a', '{}', due => 'infinity'", "due must be");
  refused("'a', '{}', due => '2200-01-01 00:00:00+00'", "due must be");
  refused("'a', '{}', priority => 11", "priority must be");
  refused("'a', '{}', priority => -1", "priority must be");
  refused("'a', '{}', correlation_id => repeat('x', 256)", "correlation_id must be");
  refused("'a', '{}', reply_to => repeat('x', 256)", "reply_to must be");
  refused("'a', '{}', max_attempts => 0", "max_attempts must be");
  refused("'a', '{}', max_attempts => 1001", "max_attempts must be");
  BOOST_TEST(error_of("'a', '{}', max_attempts => 1000, priority => 0") == "");
}

BOOST_AUTO_TEST_CASE(a_producer_needs_no_more_than_the_schema_and_inserting_into_the_outbox) {
  const auto role = test::unique_name("producer");
  exec("create role \"" + role + "\"");
  exec("grant usage on schema millrace to \"" + role + "\"");
  const auto as_producer = [&] {
    return session.run([&](unit_of_work& work) {
      work.transaction().exec("set local role \"" + role + "\"");
      work.transaction().exec("select millrace.enqueue('a', '{}')");
    });
  };
  const auto without = as_producer();
  exec("grant insert on millrace.outbox to \"" + role + "\"");
  const auto with = as_producer();
  exec("revoke all on millrace.outbox from \"" + role + "\"");
  exec("revoke all on schema millrace from \"" + role + "\"");
  exec("drop role \"" + role + "\"");
  BOOST_REQUIRE(!without);
  BOOST_TEST(without.error().sqlstate == "42501");
  BOOST_TEST(with.has_value());
}

BOOST_AUTO_TEST_CASE(other_objects_of_the_callers_search_path_are_not_taken) {
  exec("create schema trap; create function trap.octet_length(text) returns integer language sql as 'select 1/0';");
  run([](unit_of_work& work) {
    work.transaction().exec("set local search_path = trap, pg_catalog");
    work.transaction().exec("select millrace.enqueue('a', '{}')");
  });
}

BOOST_AUTO_TEST_SUITE_END()
