#include "tests/integration/connectors/postgres/database.hpp"

#include <thread>
#include <vector>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::postgres;
using millrace::test::migrated_database;

BOOST_AUTO_TEST_SUITE(migrating)

BOOST_AUTO_TEST_CASE(migrations_ascend_from_one_without_gaps) {
  int expected = 0;
  for (const auto& step : migrations()) {
    BOOST_TEST(step.number == ++expected);
    BOOST_TEST(!step.sql.empty());
  }
  BOOST_TEST(required_schema_version() == expected);
}

BOOST_AUTO_TEST_CASE(an_empty_database_is_version_zero_and_is_brought_up_once) {
  test::test_database database;
  session s({.url = secret{database.url()}});
  BOOST_TEST(schema_version(s).value() == 0);
  BOOST_TEST(migrate(s).value().size() == migrations().size());
  BOOST_TEST(schema_version(s).value() == required_schema_version());
  BOOST_TEST(migrate(s).value().empty());
}

BOOST_AUTO_TEST_CASE(nodes_that_start_concurrently_apply_each_migration_once) {
  test::test_database database;
  std::vector<std::size_t> applied(4);
  std::vector<std::string> errors(4);
  {
    std::vector<std::jthread> nodes;
    for (std::size_t i = 0; i < applied.size(); ++i)
      nodes.emplace_back([&, i] {
        session s({.url = secret{database.url()}});
        const auto done = migrate(s);
        if (done) applied[i] = done->size();
        if (!done) errors[i] = done.error().message;
      });
  }
  std::size_t total = 0;
  for (const auto count : applied) total += count;
  for (const auto& error : errors) BOOST_TEST(error == "");
  BOOST_TEST(total == migrations().size());
}

BOOST_FIXTURE_TEST_CASE(a_schema_newer_than_the_program_is_refused, migrated_database) {
  exec("insert into millrace.schema_migration (number, name) values (9999, '9999_future')");
  const auto done = migrate(session);
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(to_string(done.error().kind) == "stop");
  BOOST_TEST(done.error().message.find("9999") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_audit_log_is_append_only_even_for_replication_roles, migrated_database) {
  exec("insert into millrace.audit (actor, action, subject) values ('ada', 'replay', 'task 1')");
  for (const char* setting : {"origin", "replica"})
    for (const char* sql :
         {"update millrace.audit set actor = 'eve'", "delete from millrace.audit", "truncate millrace.audit"}) {
      const auto done = session.run([&](unit_of_work& work) {
        work.transaction().exec(std::string("set local session_replication_role = ") + setting);
        work.transaction().exec(sql);
      });
      BOOST_REQUIRE_MESSAGE(!done.has_value(), sql);
      BOOST_TEST(done.error().sqlstate == "42501");
    }
  BOOST_TEST(ask("select actor from millrace.audit") == "ada");
}

BOOST_AUTO_TEST_SUITE_END()
