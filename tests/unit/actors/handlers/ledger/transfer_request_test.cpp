#include "actors/handlers/ledger/transfer_request.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::ledger;

namespace {
task with(std::string payload) {
  task t;
  t.payload = shared_bytes::own(std::move(payload));
  return t;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(ledger_requests)

BOOST_AUTO_TEST_CASE(a_transfer_is_read_with_all_its_fields) {
  const auto r = read_transfer_request(with(R"({"debit":"a:b","credit":"c","amount":5,"currency":"EUR","memo":"rent"})"));
  BOOST_REQUIRE(r.has_value());
  BOOST_TEST(r->debit == "a:b");
  BOOST_TEST(r->credit == "c");
  BOOST_TEST(r->amount == 5);
  BOOST_TEST(r->currency == "EUR");
  BOOST_TEST(r->memo == "rent");
}

BOOST_AUTO_TEST_CASE(a_transfer_that_the_ledger_must_judge_is_readable) {
  for (const char* amount : {"0", "-1", "9223372036854775807"})
    BOOST_TEST(
        read_transfer_request(with(std::string(R"({"debit":"a","credit":"a","currency":"EUR","amount":)") + amount + "}"))
            .has_value(),
        amount);
}

BOOST_AUTO_TEST_CASE(malformed_transfers_are_refused_with_the_name_of_the_field) {
  const struct {
    const char* payload;
    const char* field;
  } table[] = {
      {R"([])", "object"},
      {R"({"credit":"c","amount":5,"currency":"EUR"})", "debit"},
      {R"({"debit":"","credit":"c","amount":5,"currency":"EUR"})", "debit"},
      {R"({"debit":"a b","credit":"c","amount":5,"currency":"EUR"})", "debit"},
      {R"({"debit":"a'; drop table","credit":"c","amount":5,"currency":"EUR"})", "debit"},
      {R"({"debit":1,"credit":"c","amount":5,"currency":"EUR"})", "debit"},
      {R"({"debit":"a","credit":"12345678901234567890123456789012345678901234567890123456789012345","amount":5,"currency":"EUR"})",
       "credit"},
      {R"({"debit":"a","credit":"c","amount":5.0,"currency":"EUR"})", "amount"},
      {R"({"debit":"a","credit":"c","amount":"5","currency":"EUR"})", "amount"},
      {R"({"debit":"a","credit":"c","amount":true,"currency":"EUR"})", "amount"},
      {R"({"debit":"a","credit":"c","amount":9223372036854775808,"currency":"EUR"})", "amount"},
      {R"({"debit":"a","credit":"c","currency":"EUR"})", "amount"},
      {R"({"debit":"a","credit":"c","amount":5,"currency":"eur"})", "currency"},
      {R"({"debit":"a","credit":"c","amount":5,"currency":"EURO"})", "currency"},
      {R"({"debit":"a","credit":"c","amount":5,"currency":"EUR","memo":7})", "memo"},
      {R"({"debit":"a","credit":"c","amount":5,"currency":"EUR","Memo":"x"})", "Memo"},
  };
  for (const auto& [payload, field] : table) {
    const auto r = read_transfer_request(with(payload));
    BOOST_REQUIRE_MESSAGE(!r.has_value(), payload);
    BOOST_TEST(r.error().find(field) != std::string::npos, payload << ": " << r.error());
  }
}

BOOST_AUTO_TEST_CASE(an_account_needs_a_name_and_a_currency_and_may_not_be_negative_by_default) {
  const auto r = read_account_request(with(R"({"account":"acme.cash_1","currency":"CHF"})"));
  BOOST_REQUIRE(r.has_value());
  BOOST_TEST(r->account == "acme.cash_1");
  BOOST_TEST(r->currency == "CHF");
  BOOST_TEST(!r->allow_negative);
  for (const char* bad :
       {R"({"account":"a"})", R"({"currency":"EUR"})", R"({"account":"a","currency":"EUR","allow_negative":1})",
        R"({"account":"a","currency":"EUR","opening_balance":5})", R"({"account":"ä","currency":"EUR"})"})
    BOOST_TEST(!read_account_request(with(bad)).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()
