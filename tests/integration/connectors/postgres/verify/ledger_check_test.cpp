#include "connectors/postgres/verify/ledger_check.hpp"

#include "tests/integration/connectors/postgres/database.hpp"

#include <pqxx/pqxx>

using namespace millrace;

namespace {

struct ledger_check_database : test::migrated_database {
  ledger_check_database() {
    exec(
        "insert into millrace.account (tenant, name, currency, allow_negative, balance)"
        " values ('t', 'bank', 'EUR', true, -5), ('t', 'ada', 'EUR', false, 5);"
        "insert into millrace.transfer (task_id, tenant, debit, credit, amount, currency)"
        " values ('00000000-0000-0000-0000-000000000001', 't', 'bank', 'ada', 5, 'EUR')");
  }
};

/// Session options as reports use them.
postgres::session_options reading(postgres::session_options o, std::chrono::milliseconds statement_timeout) {
  o.read_only = true;
  o.statement_timeout = statement_timeout;
  o.lock_timeout = std::chrono::milliseconds{0};
  return o;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ledger_check, ledger_check_database)

BOOST_AUTO_TEST_CASE(accounts_with_a_wrong_balance_are_counted) {
  postgres::session reader(reading(options(), std::chrono::seconds{10}));
  const auto counted = [&] {
    std::optional<std::size_t> accounts;
    BOOST_REQUIRE(reader.run([&](unit_of_work& work) { accounts = postgres::count_imbalanced_accounts(work); }).has_value());
    return accounts;
  };
  BOOST_TEST((counted() == 0U));
  exec("update millrace.account set balance = 6 where name = 'ada'");
  BOOST_TEST((counted() == 1U));
  exec("update millrace.account set balance = 0 where name = 'bank'");
  BOOST_TEST((counted() == 2U));
}

BOOST_AUTO_TEST_CASE(a_check_that_takes_too_long_is_given_up_and_the_transaction_goes_on) {
  pqxx::connection other(database.url());
  pqxx::work holding(other);
  holding.exec0("lock table millrace.transfer in access exclusive mode");
  postgres::session reader(reading(options(), std::chrono::milliseconds{200}));
  std::optional<std::size_t> accounts = 1U;
  std::string after;
  const auto done = reader.run([&](unit_of_work& work) {
    accounts = postgres::count_imbalanced_accounts(work);
    after = work.transaction().exec1("select 'goes on'")[0].c_str();
  });
  BOOST_REQUIRE_MESSAGE(done.has_value(), done.error().message);
  BOOST_TEST(!accounts.has_value());
  BOOST_TEST(after == "goes on");
}

BOOST_AUTO_TEST_SUITE_END()
