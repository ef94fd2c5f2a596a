#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes and the hash that seal a row of the audit log. Must never change, because others compute them too.
namespace millrace::postgres {

/// The sealed columns of a row of table `audit`. `xid` is not sealed, because a restored copy of the log may have to assign
/// it again.
struct sealed_row {
  std::int64_t id = 0;
  std::int64_t at = 0;  ///< microseconds since 1970-01-01 00:00 UTC, clamped to 64 bits
  std::string actor, action;
  std::optional<std::string> tenant;  ///< none: NULL
  std::string subject;
  std::optional<std::string> detail;  ///< none: NULL
};

inline constexpr std::size_t audit_hash_bytes = 32;

/// The hash before the first row.
inline std::string first_audit_hash() { return std::string(audit_hash_bytes, '\0'); }

/// SHA-256 (FIPS 180-4) of `previous`, 32 bytes, followed by the row's columns in the order id, at, actor, action, tenant,
/// subject, detail. Each column is a length of four bytes and its bytes: eight for id and at (length 8), UTF-8 for texts.
/// NULL is the length FF FF FF FF without bytes; an empty text is the length 0. Numbers are big-endian two's complement.
/// Returns 32 bytes. A text of 4 GiB or more, which PostgreSQL cannot store, is std::length_error.
std::string audit_hash(std::string_view previous, const sealed_row& row);

}  // namespace millrace::postgres
