#pragma once

#include "config/loader.hpp"

#include <CLI/CLI.hpp>

#include <stdexcept>
#include <string>
#include <vector>

/// The commands of the program, one file each. A command adds itself to the parser and runs as its callback.
namespace millrace::cli {

/// Exit codes: 0 success, 1 failure, 2 usage or configuration error.
inline constexpr int done = 0, failed = 1, misused = 2;

/// Ends a command: main prints the text to standard error and returns the code.
class failure : public std::runtime_error {
 public:
  failure(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  int code() const noexcept { return code_; }

 private:
  int code_;
};

/// Options of every command: where settings come from.
struct common_options {
  std::string config_file;
  std::string environment;

  /// Loads the settings with their origins and prints warnings. Throws `failure` (2) that lists every problem, one per line.
  config::loaded load() const;
};

/// Finds problems in the configured schedules: cron lines, time zones and payloads, which `config` cannot parse itself.
std::vector<config::problem> check_schedules(const config::loaded& loaded);

void add_serve(CLI::App& app, const common_options& common);
void add_isolate(CLI::App& app, const common_options& common);
void add_migrate(CLI::App& app, const common_options& common);
void add_publish(CLI::App& app, const common_options& common);
void add_schedule(CLI::App& app, const common_options& common);
void add_task(CLI::App& app, const common_options& common);
void add_dead(CLI::App& app, const common_options& common);
void add_task_list(CLI::App& task, const common_options& common);
void add_task_cancel(CLI::App& task, const common_options& common);
void add_task_retry(CLI::App& task, const common_options& common);
void add_schedule_changes(CLI::App& schedule, const common_options& common);
void add_queue(CLI::App& app, const common_options& common);
void add_token(CLI::App& app, const common_options& common);
void add_top(CLI::App& app, const common_options& common);
void add_topology(CLI::App& app, const common_options& common);
void add_config(CLI::App& app, const common_options& common);
void add_doctor(CLI::App& app, const common_options& common);
void add_verify(CLI::App& app, const common_options& common);
void add_verify_audit(CLI::App& app, const common_options& common);
void add_version(CLI::App& app);

}  // namespace millrace::cli
