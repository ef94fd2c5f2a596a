#pragma once

#include "runtime/program/cli/command.hpp"

/// The sub-commands of `millrace task`.
namespace millrace::cli {

void add_task_list(CLI::App& task, const common_options& common);
void add_task_cancel(CLI::App& task, const common_options& common);
void add_task_retry(CLI::App& task, const common_options& common);

}  // namespace millrace::cli
