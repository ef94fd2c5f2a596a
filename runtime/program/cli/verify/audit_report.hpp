#pragma once

#include "connectors/postgres/audit/audit_check.hpp"

#include <optional>
#include <string>

/// What `millrace verify-audit` reads and prints.
namespace millrace::cli {

struct audit_report {
  postgres::audit_link last;                     ///< up to where the chain holds
  std::optional<postgres::audit_breach> breach;  ///< the first
};

/// "NUMBER:HEX", as `text_of` writes it: a number from 0 and 64 hex digits of either case; none for anything else.
std::optional<postgres::audit_link> parse_audit_head(const std::string& text);
std::string text_of(const postgres::audit_link& head);

/// Where it is and what it means, in a sentence.
std::string explain(const postgres::audit_breach& breach);

/// For people, some lines.
std::string text_of(const audit_report& report);
/// One JSON object: rows, head (null if there is a breach), holds_until, intact, breach (null or kind, number, audit_id,
/// meaning).
std::string json_of(const audit_report& report);

}  // namespace millrace::cli
