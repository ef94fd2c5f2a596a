#pragma once

#include "actors/operations/bulk_settlement.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/dead/dead.hpp"

#include <limits>
#include <string>

namespace millrace::cli {

inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The options that replay and discard have in common.
struct bulk_options : dead_options, audit_options {
  bool dry_run = false;
  std::size_t limit = no_limit;
};
/// Adds them; `o.limit` is the default of --limit and `largest_limit` its maximum.
void add_bulk_options(CLI::App& c, bulk_options& o, std::size_t largest_limit);

/// Settles the matching dead letters, or with --dry-run shows what matches. Prints the result for each dead letter as JSON,
/// or refusals and counts. Throws `failure` (1) if the database fails or dead letters were refused, and (2) if the command
/// has no filter.
void run_bulk(const bulk_options& o, dead_letter_session& session, operations::bulk_action action,
              const operations::replay_order& details);

/// The actor and the reason, checked, and a new run.
postgres::settlement settlement_of(const bulk_options& o);
/// The command as JSON text for the audit log.
std::string command_text(const bulk_options& o);

}  // namespace millrace::cli
