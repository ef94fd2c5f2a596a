#pragma once

#include "runtime/program/cli/command.hpp"

namespace millrace::cli {

/// Adds the sub-commands of `millrace schedule` that change a schedule: enable, disable and run.
void add_schedule_changes(CLI::App& schedule, const common_options& common);

}  // namespace millrace::cli
