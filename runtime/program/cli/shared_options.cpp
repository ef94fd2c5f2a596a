#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/schedule/schedule_checks.hpp"

#include <iostream>

namespace millrace::cli {

config::loaded common_options::load() const {
  auto read =
      config::load({.file = config_file, .environment = config::process_environment(), .environment_name = environment});
  auto problems = read ? check_schedules(*read) : read.error();
  if (!problems.empty()) {
    std::string text;
    for (auto& p : problems) text += (text.empty() ? "" : "\n") + describe(p);
    throw failure(misused, text);
  }
  for (auto& p : read->warnings) std::cerr << describe(p) << '\n';
  return std::move(*read);
}

}  // namespace millrace::cli
