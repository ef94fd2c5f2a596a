#pragma once

#include "config/loader.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

/// What the commands share. Each command is one source file (or a folder, with its sub-commands).
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

/// The sections of `millrace --help`, in their order there. Commands in `hidden` are not listed.
enum class help_section : std::uint8_t { node, tasks, operations, verification, configuration, hidden };

/// A top-level command. Each command defines one constant of this type in its own source file, which is enough to add it to
/// the program and to `millrace --help`:
///
///     const command version_command{help_section::configuration, "version", "Print the version", define_version};
///
/// Sub-commands are declared in a header of the command's folder.
class command {
 public:
  /// Adds options, sub-commands and the callback to `c`, the command's own parser. `common` outlives the parser.
  using definition = void (*)(CLI::App& c, const common_options& common);

  /// `name` must be unique; `summary` is an imperative sentence without a period. Both must be string literals.
  command(help_section section, const char* name, const char* summary, definition define) noexcept;
  command(const command&) = delete;
  command& operator=(const command&) = delete;

  /// Adds every command of the program to the parser, ordered by section and name.
  static void add_all(CLI::App& app, const common_options& common);

 private:
  help_section section_;
  const char* name_;
  const char* summary_;
  definition define_;
  const command* next_;  ///< the commands form a list, in the unspecified order of their initialisation
};

}  // namespace millrace::cli
