#pragma once

#include "connectors/postgres/audit/audit_seal.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

/// Checks the audit log against its hash chain, in pages. Each page may be a separate transaction, as the chain only grows.
namespace millrace::postgres {

enum class audit_breach_kind : std::uint8_t {
  altered,       ///< the hash does not match the row or the previous hash
  row_missing,   ///< the sealed row is missing
  seal_missing,  ///< the number is missing, but a later one exists
  inserted,      ///< the row is not sealed, though rows after it are
  unsealed,      ///< the row is complete and older than 60 s, and not sealed
  other_server,  ///< the row is not sealed and will not be: the log was copied from another server
  cut,           ///< the chain ends before the expected head
  rewritten,     ///< the expected head has another hash
};

struct audit_breach {
  audit_breach_kind kind = audit_breach_kind::altered;
  std::int64_t number = 0;    ///< in the chain; 0 if there is none
  std::int64_t audit_id = 0;  ///< of the row; 0 if unknown
};

/// "altered", "row_missing" …
const char* to_string(audit_breach_kind kind) noexcept;

struct audit_page {
  audit_link last;       ///< last intact link, from which the next page continues
  std::size_t rows = 0;  ///< checked; 0: end of the chain
  std::optional<audit_breach> breach;
};

/// Checks up to `limit` links after `from`, and at most 16 MiB of texts; ends at the first breach.
audit_page check_audit_chain(unit_of_work& work, const audit_link& from, std::size_t limit);

struct audit_rows_page {
  std::int64_t next_id = std::numeric_limits<std::int64_t>::min();  ///< start of the next page
  bool at_end = false;                                              ///< there is no next page
  std::optional<audit_breach> breach;
};

/// Checks up to `limit` rows with ids from `first_id` on for missing seals and returns the first breach. `unsealed` may also
/// be a transaction of over a minute that has only just committed: check again.
audit_rows_page check_audit_rows(unit_of_work& work, std::int64_t first_id, std::size_t limit);

/// Checks that a head that was stored elsewhere is in the chain. Meaningful only if the chain is intact.
std::optional<audit_breach> check_audit_head(unit_of_work& work, const audit_link& expected);

}  // namespace millrace::postgres
