#pragma once

#include <CLI/CLI.hpp>

#include <string>

/// Commands that change what runs leave their mark: who gave them, and why.
namespace millrace::cli {

struct audit_options {
  std::string why, actor;
};

/// Adds --why and --actor.
void add_audit_options(CLI::App& c, audit_options& o);
/// Checks both and fills in the actor, user@host. Throws `failure` (2); `command` names itself in it.
void check_audit_options(const std::string& command, audit_options& o);

}  // namespace millrace::cli
