#pragma once

#include <CLI/CLI.hpp>

#include <string>

/// Commands that change what runs leave their mark: who gave them, and why.
namespace millrace::command {

struct audited {
  std::string why, actor;
};

/// Adds --why and --actor.
void add_audited(CLI::App& c, audited& o);
/// Checks both and fills in the actor, user@host. Throws `failure` (2); `command` names itself in it.
void check_audited(const std::string& command, audited& o);

}  // namespace millrace::command
