#pragma once

#include "connectors/postgres/audit/audit_hash.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

/// The hash chain over the audit log (table `audit_seal`): each hash covers a row and the previous hash.
namespace millrace::postgres {

/// A link of the chain.
struct audit_link {
  std::int64_t number = 0;                ///< from 1; 0: before the first
  std::string hash = first_audit_hash();  ///< 32 bytes
};

inline constexpr std::size_t most_sealed_at_once = 1'000;

/// Seals up to `limit` rows (at most 1,000, and 16 MiB of texts) in the caller's transaction and returns their number. Only
/// rows of transactions below every open one are sealed, in the order (xid, id), so no row can appear before them later. One
/// transaction at a time; returns 0 if another one is sealing. The caller must be READ COMMITTED; with an older snapshot,
/// the table's keys refuse a second seal of a number. Throws std::runtime_error if the last sealed row has a transaction
/// number that this server has not reached yet, as after a restore into a new cluster: new rows would precede the chain's
/// end. See docs/guides/audit.md.
std::size_t seal_audit(unit_of_work& work, std::size_t limit);

/// Number of unsealed rows, whether or not they can be sealed now; counts up to 10,000.
std::size_t count_unsealed_audit(unit_of_work& work);

}  // namespace millrace::postgres
