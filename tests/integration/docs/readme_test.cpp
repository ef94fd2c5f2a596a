// Runs README's handler against a real database, with payloads that producers get wrong.
#include "tests/integration/connectors/postgres/database.hpp"

#include <array>
#include <readme/close_month.hpp>

namespace {

struct month_table : millrace::test::migrated_database {
  month_table() {
    exec("create table ledger_month (month date primary key, closed boolean not null default false)");
    exec("insert into ledger_month (month) values ('2026-01-01'), ('2026-02-01')");
  }
  std::string closed() { return ask("select string_agg(month::text, ',') from ledger_month where closed"); }
};

task with_payload(const char* payload) {
  task t;
  t.payload = shared_bytes::own(payload);
  return t;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readme)

BOOST_AUTO_TEST_CASE(its_handler_closes_months_and_dead_letters_invalid_payloads) {
  month_table database;
  const std::array batch{with_payload("[1]"),
                         with_payload(R"({"month":5})"),
                         with_payload(R"({"month":"2026-01"})"),
                         with_payload(R"({"month":"2026-02","days":3})"),
                         with_payload("{}"),
                         with_payload("nonsense")};
  std::vector<outcome> outcomes;
  database.run([&](unit_of_work& work) { outcomes = close_month{}.execute(work, batch); });
  BOOST_REQUIRE_EQUAL(outcomes.size(), batch.size());
  for (const auto position : {0U, 1U, 3U, 4U, 5U}) BOOST_TEST_CONTEXT(batch[position].payload.view()) {
      const auto* refused = std::get_if<dead>(&outcomes[position]);
      BOOST_REQUIRE(refused);
      BOOST_TEST(to_string(refused->reason) == "invalid_payload");
      BOOST_TEST(!refused->error.empty());
    }
  BOOST_TEST(std::holds_alternative<succeeded>(outcomes[2]));
  BOOST_TEST(database.closed() == "2026-01-01");
}

BOOST_AUTO_TEST_SUITE_END()
