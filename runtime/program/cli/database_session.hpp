#pragma once

#include "connectors/postgres/session/session.hpp"
#include "runtime/program/cli/command.hpp"

#include <functional>
#include <string>

namespace millrace::cli {

/// Runs `work` in one transaction. Throws `failure` (1) whose message begins with `command`.
void run_in_database(const config::settings& s, const std::string& command, const std::function<void(unit_of_work&)>& work);

}  // namespace millrace::cli
