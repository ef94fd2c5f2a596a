#include "actors/background/due_schedules.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <atomic>
#include <thread>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::schedule;
using namespace millrace::postgres;
using millrace::test::migrated_database;

namespace {

struct schedule_database : migrated_database {
  /// A schedule whose runs are decided until `ago` before now.
  void add(const std::string& name, const std::string& cron, const std::string& ago, const std::string& catch_up = "all") {
    exec("insert into millrace.schedule (name, cron, type, payload, catch_up, settled_until) values ('" + name + "', '" +
         cron + "', 'report.run', convert_to('{}', 'UTF8'), '" + catch_up + "', now() - interval '" + ago + "')");
  }
  /// A cron expression that matches once a day, half a day from now.
  std::string daily() {
    return ask("select '0 ' || extract(hour from now() at time zone 'UTC' + interval '12 hours') || ' * * *'");
  }
  due_schedules fire() {
    auto round = fire_schedules(session);
    BOOST_REQUIRE_MESSAGE(round.has_value(), (round ? "" : round.error().message));
    return *round;
  }
  std::string outbox(const std::string& what) { return ask("select " + what + " from millrace.outbox"); }
  std::string schedule(const std::string& what, const std::string& name = "s") {
    return ask("select " + what + " from millrace.schedule where name = '" + name + "'");
  }
  void configure(const std::vector<configured_schedule>& wanted) {
    run([&](unit_of_work& work) { configure_schedules(work, wanted); });
  }
};

configured_schedule configured(const std::string& name, const std::string& cron = "0 0 1 1 *") {
  return {name, "default", cron, "UTC", "report.run", R"({"a": "\"'\\"})", "", "last"};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(schedules, schedule_database)

BOOST_AUTO_TEST_CASE(a_fire_is_a_message_that_names_its_schedule_and_time) {
  add("s", daily(), "1 day");
  const auto round = fire();
  BOOST_REQUIRE(round.done.size() == 1U);
  BOOST_TEST(round.done[0].fires == 1U);
  BOOST_TEST(outbox("count(*)") == "1");
  BOOST_TEST(outbox("exchange || ' ' || routing_key || ' ' || type") == "millrace report.run report.run");
  BOOST_TEST(outbox("convert_from(body, 'UTF8') || content_type || (headers->>'tenant')") == "{}application/jsondefault");
  BOOST_TEST(outbox("substr(message_id, 15, 1)") == "5");
  BOOST_TEST(
      ask("select o.correlation_id = 's@' || to_char(last_fired_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
          " and last_fired_at = settled_until from millrace.outbox o, millrace.schedule") == "t");
  BOOST_TEST(outbox("due_at <= now()") == "t");
}

BOOST_AUTO_TEST_CASE(a_schedule_with_a_queue_publishes_straight_to_it) {
  add("s", daily(), "1 day");
  exec("update millrace.schedule set queue = 'priority', tenant = 'acme'");
  fire();
  BOOST_TEST(outbox("exchange || '|' || routing_key || '|' || (headers->>'tenant')") == "|priority|acme");
}

BOOST_AUTO_TEST_CASE(a_fired_schedule_does_not_fire_again_and_repeats_have_the_same_ids) {
  add("s", daily(), "3 days");
  fire();
  BOOST_TEST(fire().done.empty());
  BOOST_TEST(outbox("count(*)") == "3");
  exec("update millrace.schedule set settled_until = now() - interval '3 days'");
  fire();
  BOOST_TEST(outbox("count(*)") == "6");
  BOOST_TEST(outbox("count(distinct message_id)") == "3");
}

BOOST_AUTO_TEST_CASE(missed_fires_follow_the_policy) {
  for (const std::string policy : {"skip", "last", "all"}) add(policy, daily(), "5 days", policy);
  const auto round = fire();
  BOOST_TEST(round.done.size() == 3U);
  const auto count = [&](const std::string& name) {
    return outbox("count(*) filter (where correlation_id like '" + name + "@%')");
  };
  BOOST_TEST(count("skip") == "0");
  BOOST_TEST(count("last") == "1");
  BOOST_TEST(count("all") == "5");
  BOOST_TEST(ask("select count(distinct settled_until) from millrace.schedule") == "1");
  BOOST_TEST(schedule("last_fired_at is null", "skip") == "t");
  BOOST_TEST(fire().done.empty());
}

BOOST_AUTO_TEST_CASE(two_concurrent_schedulers_fire_each_time_once) {
  add("s", "* * * * * *", "0 seconds");
  postgres::session first(options()), second(options());
  BOOST_REQUIRE(fire_schedules(first));
  BOOST_REQUIRE(fire_schedules(second));
  for (int round = 0; round < 30; ++round) {
    exec("delete from millrace.outbox; update millrace.schedule set settled_until = now() - interval '5 seconds'");
    std::atomic<int> failures = 0;  // Boost.Test's macros are not thread-safe
    std::thread other([&] { failures += !fire_schedules(second); });
    failures += !fire_schedules(first);
    other.join();
    BOOST_TEST(failures == 0);
    BOOST_TEST(outbox("count(*) = count(distinct message_id) and count(*) >= 5") == "t");
  }
}

BOOST_AUTO_TEST_CASE(of_two_that_saw_the_same_fire_due_the_later_one_finds_it_settled) {
  add("s", daily(), "1 day");
  const auto seen = std::stoll(schedule("(extract(epoch from settled_until) * 1000000)::bigint"));
  const auto settle = [&](unit_of_work& work) {
    return settle_schedule(work, "s", seen, seen + 1'000'000, seen).has_value();
  };
  postgres::session other(options());
  bool first = false, second = true;
  std::thread late;
  run([&](unit_of_work& work) {
    first = settle(work);
    late = std::thread([&] { (void)other.run([&](unit_of_work& w) { second = settle(w); }); });
  });
  late.join();
  BOOST_TEST(first);
  BOOST_TEST(!second);
}

BOOST_AUTO_TEST_CASE(one_session_leads_until_its_connection_ends) {
  add("s", daily(), "1 day");
  postgres::session first(options()), second(options());
  int by_first = 0, by_second = 0;
  const auto leads = [](postgres::session& s, int& backend) { return run_schedules(s, backend).value().leads; };
  BOOST_TEST(leads(first, by_first));
  BOOST_TEST(leads(first, by_first));
  BOOST_TEST(!leads(second, by_second));
  exec("select pg_terminate_backend(" + std::to_string(by_first) + ")");
  BOOST_TEST(test::wait_until([&] { return leads(second, by_second); }));
  BOOST_TEST(!run_schedules(first, by_first).has_value());
  BOOST_TEST(!leads(first, by_first));
  BOOST_TEST(outbox("count(*)") == "1");
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_fire_says_why_and_holds_up_no_other) {
  add("a-never", "0 0 31 2 *", "1 day");
  add("b-nowhere", "0 0 * * *", "1 day");
  add("c-good", daily(), "1 day");
  exec("update millrace.schedule set timezone = 'Mars/Olympus' where name = 'b-nowhere'");
  BOOST_TEST(fire().problems.size() == 2U);
  BOOST_TEST(fire().problems.empty());
  BOOST_TEST(schedule("problem", "a-never") == "cron never fires: no month of '2' has a day '31'");
  BOOST_TEST(schedule("problem", "b-nowhere").starts_with("timezone: no time zone 'Mars/Olympus'"));
  BOOST_TEST(outbox("count(*)") == "1");
  exec("update millrace.schedule set cron = '0 0 31 3 *' where name = 'a-never'");
  fire();
  BOOST_TEST(schedule("problem is null", "a-never") == "t");
}

BOOST_AUTO_TEST_CASE(unrequested_confirms_are_not_missed) {
  add("s", daily(), "5 days");
  exec("update millrace.schedule set enabled = false");
  BOOST_TEST(fire().done.empty());
  exec("update millrace.schedule set enabled = true");
  BOOST_TEST(fire().done.empty());
  exec("update millrace.schedule set settled_until = now() - interval '5 days'");
  exec("update millrace.schedule set cron = '1 0 * * *'");  // never what daily() is
  BOOST_TEST(fire().done.empty());
}

BOOST_AUTO_TEST_CASE(the_table_follows_the_configuration_by_name) {
  add("own", daily(), "1 day");
  configure({configured("a"), configured("b")});
  BOOST_TEST(schedule("origin || ' ' || enabled || ' ' || convert_from(payload, 'UTF8')", "a") ==
             R"(config true {"a": "\"'\\"})");
  exec("update millrace.schedule set enabled = false where name = 'b'");
  configure({configured("a", "0 0 2 1 *"), configured("b")});
  BOOST_TEST(schedule("cron", "a") == "0 0 2 1 *");
  BOOST_TEST(schedule("enabled", "b") == "f", "an operator's word outlives a restart");
  configure({configured("b")});
  BOOST_TEST(schedule("origin || ' ' || enabled", "a") == "removed false");
  configure({configured("a"), configured("b")});
  BOOST_TEST(schedule("origin || ' ' || enabled", "a") == "config true");
  BOOST_TEST(schedule("origin || ' ' || enabled", "own") == "table true");
  configure({});
  BOOST_TEST(ask("select string_agg(name, ' ') from millrace.schedule where enabled") == "own");
}

BOOST_AUTO_TEST_CASE(reconfiguring_neither_skips_nor_repeats_fires) {
  configure({configured("s", daily())});
  exec("update millrace.schedule set settled_until = now() - interval '1 day'");
  configure({configured("s", schedule("cron"))});
  BOOST_TEST(fire().done.size() == 1U);
  configure({configured("s", schedule("cron"))});
  BOOST_TEST(fire().done.empty());
}

BOOST_AUTO_TEST_SUITE_END()
