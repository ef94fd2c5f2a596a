#pragma once

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "connectors/postgres/session/session.hpp"
#include "runtime/program/cli/command.hpp"

#include <functional>
#include <string>
#include <vector>

/// Shared by the subcommands of `millrace dead`.
namespace millrace::cli {

/// The filter as given on the command line.
struct dead_options {
  std::vector<std::string> ids;
  std::string queue, type, tenant, reason, error_class, fingerprint, task, text, since, until;
  bool all = false;
  bool json = false;

  bool any() const;  ///< whether the command has a filter
  /// Throws `failure` (2) for invalid values.
  postgres::dead_letter_filter filter() const;
};

/// Adds the filter options and --json.
void add_filter(CLI::App& c, dead_options& o);

/// A database session for operators. Has longer time-outs than a node and retries transient failures.
class dead_letter_session {
 public:
  explicit dead_letter_session(const config::settings& s);
  /// Runs `work` in one transaction. May run it more than once, also after a COMMIT in doubt. Throws `failure` (1).
  void run(const std::function<void(unit_of_work&)>& work);

 private:
  postgres::session session_;
};

void add_dead_list(CLI::App& dead, const common_options& common);
void add_dead_stats(CLI::App& dead, const common_options& common);
void add_dead_show(CLI::App& dead, const common_options& common);
void add_dead_export(CLI::App& dead, const common_options& common);
void add_dead_replay(CLI::App& dead, const common_options& common);
void add_dead_discard(CLI::App& dead, const common_options& common);

}  // namespace millrace::cli
