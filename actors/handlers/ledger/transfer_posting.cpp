#include "actors/handlers/ledger/transfer_posting.hpp"

namespace millrace::ledger {

namespace {

posting post(std::span<account> accounts, const transfer& wanted) {
  if (wanted.amount <= 0) return posting::amount_not_positive;
  if (wanted.same_account) return posting::same_account;
  if (wanted.debit == no_account || wanted.credit == no_account) return posting::unknown_account;
  account& debit = accounts[wanted.debit];
  account& credit = accounts[wanted.credit];
  if (debit.currency != wanted.currency || credit.currency != wanted.currency) return posting::currency_mismatch;
  if (!debit.allow_negative && debit.balance < wanted.amount) return posting::insufficient_funds;
  std::int64_t debited = 0;
  std::int64_t credited = 0;
  if (__builtin_sub_overflow(debit.balance, wanted.amount, &debited)) return posting::overflow;
  if (__builtin_add_overflow(credit.balance, wanted.amount, &credited)) return posting::overflow;
  debit.balance = debited;
  credit.balance = credited;
  return posting::posted;
}

}  // namespace

const char* to_string(posting result) noexcept {
  switch (result) {
    case posting::posted:
      return "posted";
    case posting::insufficient_funds:
      return "insufficient_funds";
    case posting::unknown_account:
      return "unknown_account";
    case posting::currency_mismatch:
      return "currency_mismatch";
    case posting::same_account:
      return "same_account";
    case posting::amount_not_positive:
      return "amount_not_positive";
    case posting::overflow:
      return "overflow";
  }
  return "unknown";
}

std::vector<posting> post_transfers(std::span<account> accounts, std::span<const transfer> transfers) {
  std::vector<posting> results;
  results.reserve(transfers.size());
  for (const auto& wanted : transfers) results.push_back(post(accounts, wanted));
  return results;
}

}  // namespace millrace::ledger
