#pragma once

#include <CLI/CLI.hpp>

#include <string>

/// Options of commands that write to the audit log: the operator and the reason.
namespace millrace::cli {

struct audit_options {
  std::string why, actor;
};

/// Adds --why and --actor.
void add_audit_options(CLI::App& c, audit_options& o);
/// Validates both options and sets a missing actor to user@host. Throws `failure` (2); its message begins with `command`.
void check_audit_options(const std::string& command, audit_options& o);

}  // namespace millrace::cli
