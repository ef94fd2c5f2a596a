#pragma once

#include "connectors/postgres/audit/audit_seal.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

/// Checking the audit log against its chain, in pages: a page may be a transaction of its own, as the chain only grows.
namespace millrace::postgres {

enum class audit_breach_kind : std::uint8_t {
  altered,       ///< the hash does not fit the row, or the hash before it
  row_missing,   ///< the sealed row is not there
  seal_missing,  ///< the number is not there, but one after it
  inserted,      ///< the row is not sealed, though rows after it are
  unsealed,      ///< the row is complete and older than 60 s, and not sealed
  other_server,  ///< the row is not sealed and will not be: the log was copied from another server
  cut,           ///< the chain ends before the expected head
  rewritten,     ///< the expected head has another hash
};

struct audit_breach {
  audit_breach_kind kind = audit_breach_kind::altered;
  std::int64_t number = 0;    ///< on the chain; 0 where there is none
  std::int64_t audit_id = 0;  ///< of the row; 0 where it is not known
};

/// "altered", "row_missing" …
const char* to_string(audit_breach_kind kind) noexcept;

struct audit_page {
  audit_link last;       ///< up to where the chain holds, for the next page
  std::size_t rows = 0;  ///< that were checked; 0: the chain has ended
  std::optional<audit_breach> breach;
};

/// Checks up to `limit` links after `from`, and at most 16 MiB of texts; ends at the first breach.
audit_page check_audit_chain(unit_of_work& work, const audit_link& from, std::size_t limit);

struct audit_rows_page {
  std::int64_t next_id = std::numeric_limits<std::int64_t>::min();  ///< where the next page begins
  bool at_end = false;                                              ///< there is no next page
  std::optional<audit_breach> breach;
};

/// Checks that of up to `limit` rows with ids from `first_id` on those are sealed that should be; the first breach of them.
/// `unsealed` of a transaction that took longer than a minute may mean that it has only just been committed: look again.
audit_rows_page check_audit_rows(unit_of_work& work, std::int64_t first_id, std::size_t limit);

/// Whether a head that was kept elsewhere lies on the chain. Says little unless the chain holds.
std::optional<audit_breach> check_audit_head(unit_of_work& work, const audit_link& expected);

}  // namespace millrace::postgres
