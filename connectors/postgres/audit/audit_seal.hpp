#pragma once

#include "connectors/postgres/audit/audit_hash.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

/// The chain over the audit log (table `audit_seal`): each row's hash covers the row and the hash before it.
namespace millrace::postgres {

/// A place on the chain.
struct audit_link {
  std::int64_t number = 0;                ///< from 1; 0: before the first
  std::string hash = first_audit_hash();  ///< 32 bytes
};

inline constexpr std::size_t most_sealed_at_once = 1'000;

/// Seals up to `limit` rows (at most 1,000, and 16 MiB of texts) in the caller's transaction, and returns how many. Only
/// rows whose transactions are below every open one are taken, in the order (xid, id): before those nothing can appear any
/// more. One transaction at a time: 0 where another one is at it. The caller must not have a snapshot from before (READ
/// COMMITTED); if it has, the keys of the table refuse the second seal of a number. Throws std::runtime_error if the last
/// sealed row has a transaction number that this server has yet to reach, as after a restore into a new cluster: what is
/// added there would lie before the chain's end. docs/guides/audit.md says what to do.
std::size_t seal_audit(unit_of_work& work, std::size_t limit);

/// Rows that are not sealed yet, whether or not they could be, counted up to 10,000.
std::size_t count_unsealed_audit(unit_of_work& work);

}  // namespace millrace::postgres
