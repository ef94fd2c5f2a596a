#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes and the hash that seal a row of the audit log. Fixed for ever: others compute them too.
namespace millrace::postgres {

/// A row of table `audit` as it is sealed. Its `xid` is left out: that is the database's bookkeeping, which a restored copy
/// of the log may have to give anew.
struct sealed_row {
  std::int64_t id = 0;
  std::int64_t at = 0;  ///< microseconds since 1970-01-01 00:00 UTC; what exceeds 64 bits is the nearest that fits
  std::string actor, action;
  std::optional<std::string> tenant;  ///< none: NULL
  std::string subject;
  std::optional<std::string> detail;  ///< none: NULL
};

inline constexpr std::size_t audit_hash_bytes = 32;

/// What the first row is chained to.
inline std::string first_audit_hash() { return std::string(audit_hash_bytes, '\0'); }

/// SHA-256 (FIPS 180-4) of `previous`, 32 bytes, followed by the row's columns in the order id, at, actor, action, tenant,
/// subject, detail. Each column is a length, four bytes, and so many bytes: id and at are eight bytes (length 8), a text is
/// its UTF-8. NULL is the length FF FF FF FF without bytes; an empty text is the length 0. Numbers are big-endian two's
/// complement. Returns 32 bytes. A text of 4 GiB or more is std::length_error; PostgreSQL holds none.
std::string audit_hash(std::string_view previous, const sealed_row& row);

}  // namespace millrace::postgres
