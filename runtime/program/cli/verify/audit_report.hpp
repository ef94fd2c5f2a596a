#pragma once

#include "connectors/postgres/audit/audit_check.hpp"

#include <optional>
#include <string>

/// Parsing of --head and output of `millrace verify-audit`.
namespace millrace::cli {

struct audit_report {
  postgres::audit_link last;                     ///< the last valid link of the chain
  std::optional<postgres::audit_breach> breach;  ///< the first breach found
};

/// Parses "NUMBER:HEX", as `text_of` writes it: a number from 0 and 64 hex digits of either case. Empty for other texts.
std::optional<postgres::audit_link> parse_audit_head(const std::string& text);
std::string text_of(const postgres::audit_link& head);

/// Describes where the breach is and what it means, in one sentence.
std::string explain(const postgres::audit_breach& breach);

/// The report as lines for people.
std::string text_of(const audit_report& report);
/// The report as one JSON object: intact, rows, head (null if there is a breach), holds_until, breach (null, or an object
/// with kind, number, audit_id and meaning).
std::string json_of(const audit_report& report);

}  // namespace millrace::cli
