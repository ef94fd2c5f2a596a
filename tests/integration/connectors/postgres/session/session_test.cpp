#include "tests/integration/connectors/postgres/database.hpp"

#include <thread>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::postgres;
using millrace::test::migrated_database;

namespace {

failure failure_of(session& s, const std::string& sql) {
  const auto done = s.run([&](unit_of_work& work) { work.transaction().exec(sql); });
  BOOST_REQUIRE_MESSAGE(!done.has_value(), "must fail: " + sql);
  return done.error();
}

std::string kind_of(const failure& why) { return to_string(why.kind); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_session, migrated_database)

BOOST_AUTO_TEST_CASE(success_commits_and_an_exception_rolls_back) {
  exec("create table note (text text)");
  exec("insert into note values ('kept')");
  BOOST_CHECK_THROW((void)session.run([](unit_of_work& work) {
    work.transaction().exec("insert into note values ('lost')");
    throw std::runtime_error("a bug");
  }),
                    std::runtime_error);
  BOOST_TEST(ask("select string_agg(text, ',') from note") == "kept");
}

BOOST_AUTO_TEST_CASE(classifies_real_errors) {
  exec("create table unique_note (text text primary key); insert into unique_note values ('a')");
  const struct {
    const char* sql;
    const char* sqlstate;
    const char* kind;
  } table[] = {
      {"selekt 1", "42601", "stop"},
      {"select * from no_such_table", "42P01", "stop"},
      {"do $$ begin raise exception using errcode = '42501'; end $$", "42501", "stop"},
      {"do $$ begin raise exception using errcode = '0A000'; end $$", "0A000", "stop"},
      {"do $$ begin raise exception using errcode = '53200'; end $$", "53200", "pause"},
      {"insert into unique_note values ('a')", "23505", "isolate"},
      {"select 'x'::int", "22P02", "isolate"},
      {"select 1 / 0", "22012", "isolate"},
      {"do $$ begin raise exception 'ours'; end $$", "P0001", "isolate"},
      {"set local statement_timeout = 1; select pg_sleep(60)", "57014", "pause"},
      {"set transaction read only; insert into unique_note values ('b')", "25006", "pause"},
      {"do $$ begin raise exception using errcode = '40001'; end $$", "40001", "retry"},
      {"do $$ begin raise exception using errcode = '40P01'; end $$", "40P01", "retry"},
      {"do $$ begin raise exception using errcode = '53100'; end $$", "53100", "pause"},
  };
  for (const auto& row : table) {
    const auto why = failure_of(session, row.sql);
    BOOST_TEST(why.sqlstate == row.sqlstate, row.sql << " gave " << why.sqlstate << " " << why.message);
    BOOST_TEST(kind_of(why) == row.kind, row.sql);
    BOOST_TEST(!why.message.empty());
  }
  BOOST_TEST(ask("select count(*) from unique_note") == "1");
}

BOOST_AUTO_TEST_CASE(waiting_for_a_lock_is_bounded) {
  exec("create table locked (n int); insert into locked values (1)");
  postgres::session impatient({.url = secret{database.url()}, .lock_timeout = std::chrono::milliseconds(1)});
  run([&](unit_of_work& work) {
    work.transaction().exec("select from locked for update");
    BOOST_TEST(kind_of(failure_of(impatient, "select from locked for update")) == "retry");
    BOOST_TEST(impatient.connected());
  });
}

BOOST_AUTO_TEST_CASE(a_terminated_backend_is_a_pause_and_the_next_run_reconnects) {
  for (const bool inside : {false, true}) {
    const auto pid = ask("select pg_backend_pid()");
    postgres::session other(options());
    const auto kill = [&] {
      BOOST_REQUIRE(other.run(
          [&](unit_of_work& work) { work.transaction().exec("select pg_terminate_backend(" + pid + ", 10000)"); }));
    };
    if (!inside) kill();
    const auto done = session.run([&](unit_of_work& work) {
      if (inside) kill();
      work.transaction().exec("select 1");
    });
    BOOST_REQUIRE(!done.has_value());
    BOOST_TEST(kind_of(done.error()) == "pause");
    BOOST_TEST(!session.connected());
    BOOST_TEST(ask("select pg_backend_pid()") != pid);
  }
}

BOOST_AUTO_TEST_CASE(a_backend_that_dies_in_commit_leaves_the_outcome_in_doubt) {
  exec(R"(create table doubtful (n int);
          create function die() returns trigger language plpgsql as $$
          begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
          create constraint trigger dying after insert on doubtful deferrable initially deferred
            for each row execute function die())");
  const auto why = failure_of(session, "insert into doubtful values (1)");
  BOOST_TEST(kind_of(why) == "in_doubt");
  BOOST_TEST(ask("select count(*) from doubtful") == "0");
}

BOOST_AUTO_TEST_CASE(a_constraint_that_fails_in_commit_is_no_doubt) {
  exec("create table once (n int unique deferrable initially deferred); insert into once values (1)");
  const auto why = failure_of(session, "insert into once values (1)");
  BOOST_TEST(kind_of(why) == "isolate");
  BOOST_TEST(why.sqlstate == "23505");
}

BOOST_AUTO_TEST_CASE(work_that_goes_on_after_a_database_error_does_not_pass_for_done) {
  static constexpr statement divide{"test_divide", "select 1 / $1::int"};
  exec("create table swallowed (n int)");
  for (const bool prepared : {false, true}) {
    const auto done = session.run([&](unit_of_work& work) {
      work.transaction().exec("insert into swallowed values (1)");
      if (prepared)
        BOOST_CHECK_THROW(work.exec(divide, 0), pqxx::sql_error);
      else
        BOOST_CHECK_THROW(work.transaction().exec("select 1 / 0"), pqxx::sql_error);
    });
    BOOST_REQUIRE(!done.has_value());
    BOOST_TEST(done.error().sqlstate == "25P02");
    BOOST_TEST(kind_of(done.error()) == "isolate");
    BOOST_TEST(ask("select count(*) from swallowed") == "0");
  }
}

BOOST_AUTO_TEST_CASE(a_prepared_statement_outlives_a_rollback_and_a_failed_preparation) {
  static constexpr statement good{"test_good", "select $1::int + 1"};
  static constexpr statement late{"test_late", "select count(*) from made_later"};
  BOOST_CHECK_THROW((void)session.run([](unit_of_work& work) {
    work.exec(good, 1);
    throw std::runtime_error("rolled back");
  }),
                    std::runtime_error);
  run([](unit_of_work& work) { BOOST_TEST(work.exec(good, 1)[0][0].as<int>() == 2); });
  const auto done = session.run([](unit_of_work& work) { work.exec(late); });
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().sqlstate == "42P01");
  exec("create table made_later (n int)");
  run([](unit_of_work& work) { BOOST_TEST(work.exec(late)[0][0].as<int>() == 0); });
}

BOOST_AUTO_TEST_CASE(sessions_set_their_limits_and_synchronous_commit) {
  exec("do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$");
  postgres::session fresh({.url = secret{database.url()},
                           .application_name = "under test",
                           .statement_timeout = std::chrono::milliseconds(12'345),
                           .lock_timeout = std::chrono::milliseconds(678)});
  BOOST_REQUIRE(fresh.run([](unit_of_work& work) {
    const auto show = [&](const char* name) {
      return std::string(work.transaction().exec1(std::string("show ") + name)[0].c_str());
    };
    BOOST_TEST(show("statement_timeout") == "12345ms");
    BOOST_TEST(show("lock_timeout") == "678ms");
    BOOST_TEST(show("application_name") == "under test");
    BOOST_TEST(show("client_encoding") == "UTF8");
    BOOST_TEST(show("synchronous_commit") == "on");
  }));
}

BOOST_AUTO_TEST_CASE(a_read_only_session_sees_one_snapshot_and_writes_nothing) {
  exec("create table seen (n int)");
  postgres::session reader({.url = secret{database.url()}, .read_only = true});
  BOOST_REQUIRE(reader.run([&](unit_of_work& work) {
    BOOST_TEST(work.transaction().exec1("select count(*) from seen")[0].as<int>() == 0);
    exec("insert into seen values (1)");
    BOOST_TEST(work.transaction().exec1("select count(*) from seen")[0].as<int>() == 0);
  }));
  BOOST_TEST(failure_of(reader, "insert into seen values (2)").sqlstate == "25006");
}

BOOST_AUTO_TEST_CASE(a_failure_names_the_place_but_never_the_password) {
  const auto at = [](const std::string& url) {
    postgres::session lost({.url = secret{url}, .connect_timeout = std::chrono::milliseconds(2'000)});
    const auto done = lost.connect();
    BOOST_REQUIRE(!done.has_value());
    BOOST_TEST(done.error().message.find("hunter2") == std::string::npos);
    return done.error();
  };
  const auto refused = at("postgresql://mill:hunter2@127.0.0.1:1/books");
  BOOST_TEST(kind_of(refused) == "pause");
  BOOST_TEST(refused.message.find("127.0.0.1:1, database books, user mill") != std::string::npos);

  const auto host = database.url().substr(database.url().find('@') + 1);
  const auto wrong = at("postgresql://nobody:hunter2@" + host);
  BOOST_TEST(kind_of(wrong) == "pause");
  BOOST_TEST(wrong.message.find("user nobody") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
