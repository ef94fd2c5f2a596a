#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The rules of the ledger, without a database.
namespace millrace::ledger {

/// An account while a batch is posted: locked, so that nobody else moves its balance.
struct account {
  std::string currency;         ///< ISO 4217
  bool allow_negative = false;  ///< a funding account; may be overdrawn
  std::int64_t balance = 0;     ///< credits less debits, in minor units

  bool operator==(const account&) const = default;
};

inline constexpr std::size_t no_account = std::numeric_limits<std::size_t>::max();

/// A transfer that is wanted; accounts by their place in the batch's accounts, or `no_account` where there is none.
struct transfer {
  std::size_t debit = no_account;
  std::size_t credit = no_account;
  bool same_account = false;  ///< both sides name one account, known or not
  std::int64_t amount = 0;    ///< minor units
  std::string_view currency;
};

/// What became of a transfer. A refusal is a final answer for its task id: money that arrives later does not change it.
enum class posting : std::uint8_t {
  posted,
  insufficient_funds,
  unknown_account,
  currency_mismatch,
  same_account,
  amount_not_positive,
  overflow,  ///< a balance would leave the range of 64 bits
};
/// The stable name, as in the result's `reason`.
const char* to_string(posting result) noexcept;

/// Posts the transfers one after the other, in the order given: each sees the balances that the ones before it left.
/// Changes the balances of the accounts; a refused transfer changes nothing.
std::vector<posting> post_transfers(std::span<account> accounts, std::span<const transfer> transfers);

}  // namespace millrace::ledger
