#include "actors/handlers/ledger/transfer_posting.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>

using namespace millrace::ledger;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

transfer move(std::size_t debit, std::size_t credit, std::int64_t amount, std::string_view currency = "EUR") {
  return {.debit = debit, .credit = credit, .same_account = debit == credit, .amount = amount, .currency = currency};
}

posting post_one(std::vector<account>& accounts, const transfer& wanted) {
  return post_transfers(accounts, std::vector{wanted}).at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(posting_transfers)

BOOST_AUTO_TEST_CASE(a_transfer_moves_its_amount) {
  std::vector<account> accounts{{"EUR", false, 10}, {"EUR", false, 0}};
  BOOST_TEST(to_string(post_one(accounts, move(0, 1, 10))) == "posted");
  BOOST_TEST(accounts[0].balance == 0);
  BOOST_TEST(accounts[1].balance == 10);
}

BOOST_AUTO_TEST_CASE(every_refusal_has_its_reason_and_changes_nothing) {
  const std::vector<account> accounts{
      {"EUR", false, 10}, {"EUR", true, least + 5}, {"USD", false, 10}, {"EUR", false, most}};
  const struct {
    transfer wanted;
    const char* reason;
  } table[] = {
      {move(0, 1, 11), "insufficient_funds"},
      {move(0, no_account, 1), "unknown_account"},
      {move(no_account, 0, 1), "unknown_account"},
      {move(0, 2, 1), "currency_mismatch"},
      {move(0, 1, 1, "USD"), "currency_mismatch"},
      {move(0, 0, 1), "same_account"},
      {move(no_account, no_account, 1), "same_account"},
      {move(0, 1, 0), "amount_not_positive"},
      {move(0, 1, -1), "amount_not_positive"},
      {move(0, 1, least), "amount_not_positive"},
      {move(1, 0, 6), "overflow"},
      {move(0, 3, 1), "overflow"},
  };
  for (const auto& [wanted, reason] : table) {
    auto after = accounts;
    BOOST_TEST(to_string(post_one(after, wanted)) == reason);
    BOOST_TEST((after == accounts), reason);
  }
}

BOOST_AUTO_TEST_CASE(a_funding_account_may_be_overdrawn_down_to_the_last_number) {
  std::vector<account> accounts{{"EUR", true, 0}, {"EUR", false, 0}};
  BOOST_TEST(to_string(post_one(accounts, move(0, 1, most))) == "posted");
  BOOST_TEST(accounts[0].balance == -most);
  BOOST_TEST(accounts[1].balance == most);
}

BOOST_AUTO_TEST_CASE(each_transfer_sees_its_predecessors_in_the_batch) {
  std::vector<account> accounts{{"EUR", false, 10}, {"EUR", false, 0}};
  const auto results =
      post_transfers(accounts, std::vector{move(1, 0, 5), move(0, 1, 10), move(0, 1, 1), move(1, 0, 5), move(0, 1, 5)});
  std::string text;
  for (const auto result : results) text += std::string(to_string(result)) + " ";
  BOOST_TEST(text == "insufficient_funds posted insufficient_funds posted posted ");
  BOOST_TEST(accounts[1].balance == 10);
}

BOOST_AUTO_TEST_CASE(money_is_conserved_and_no_limit_is_broken_whatever_is_asked) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<account> accounts;
    for (int i = 0; i < 6; ++i) accounts.push_back({random() % 5 ? "EUR" : "USD", i == 0, i == 0 ? 0 : 100});
    const auto sum = [&] {
      std::int64_t total = 0;
      for (const auto& a : accounts) total += a.balance;
      return total;
    };
    const auto total = sum();
    std::vector<transfer> wanted;
    for (int i = 0; i < 100; ++i)
      wanted.push_back(
          move(random() % 6, random() % 6, static_cast<std::int64_t>(random() % 80) - 5, random() % 5 ? "EUR" : "USD"));
    const auto results = post_transfers(accounts, wanted);
    BOOST_REQUIRE(results.size() == wanted.size());
    BOOST_REQUIRE(sum() == total);
    for (std::size_t i = 1; i < accounts.size(); ++i) BOOST_REQUIRE(accounts[i].balance >= 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
