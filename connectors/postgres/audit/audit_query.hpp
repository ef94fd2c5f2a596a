#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Queries of the audit log, for auditors.
namespace millrace::postgres {

struct audit_filter {
  std::string actor{}, action{}, subject{}, tenant{};  ///< empty: any
  std::optional<std::int64_t> since_us{}, until_us{};  ///< microseconds since 1970
};
struct audit_record {
  std::int64_t id = 0;
  std::string at, actor, action, tenant, subject, detail;  ///< `at` is RFC 3339, `detail` JSON text or empty
};
/// One page, newest first: the rows before `before`, or the first page.
std::vector<audit_record> list_audit(unit_of_work& work, const audit_filter& filter, std::optional<std::int64_t> before,
                                     std::size_t limit);

}  // namespace millrace::postgres
