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

/// An account while a batch is posted: locked, so that its balance cannot change elsewhere.
struct account {
  std::string currency;         ///< ISO 4217
  bool allow_negative = false;  ///< a funding account; may be overdrawn
  std::int64_t balance = 0;     ///< credits less debits, in minor units

  bool operator==(const account&) const = default;
};

inline constexpr std::size_t no_account = std::numeric_limits<std::size_t>::max();

/// A requested transfer. Accounts are indexes into the batch's accounts, or `no_account` for a missing one.
struct transfer {
  std::size_t debit = no_account;
  std::size_t credit = no_account;
  bool same_account = false;  ///< both sides name the same account, existing or not
  std::int64_t amount = 0;    ///< minor units
  std::string_view currency;
};

/// The result of a transfer. A refusal is final for its task id: later deposits do not change it.
enum class posting : std::uint8_t {
  posted,
  insufficient_funds,
  unknown_account,
  currency_mismatch,
  same_account,
  amount_not_positive,
  overflow,  ///< a balance would exceed the range of 64 bits
};
/// The stable name, as in the result's `reason`.
const char* to_string(posting result) noexcept;

/// Posts the transfers in the given order; each sees the balances left by the previous ones. Updates the balances of the
/// accounts. A refused transfer changes nothing.
std::vector<posting> post_transfers(std::span<account> accounts, std::span<const transfer> transfers);

}  // namespace millrace::ledger
