#include "runtime/program/cli/command.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

namespace millrace::cli {
namespace {

// Constant-initialised, so it is valid before any command of another source file registers itself.
constinit const command* first_command = nullptr;

const char* title_of(help_section section) noexcept {
  switch (section) {
    case help_section::node:
      return "Node";
    case help_section::tasks:
      return "Tasks";
    case help_section::operations:
      return "Operations";
    case help_section::verification:
      return "Verification";
    case help_section::configuration:
      return "Configuration";
    case help_section::hidden:
      break;
  }
  return "";  // CLI11 does not list commands without a group
}

}  // namespace

command::command(help_section section, const char* name, const char* summary, definition define) noexcept
    : section_(section), name_(name), summary_(summary), define_(define), next_(first_command) {
  first_command = this;
}

void command::add_all(CLI::App& app, const common_options& common) {
  std::vector<const command*> all;
  for (const auto* c = first_command; c; c = c->next_) all.push_back(c);
  std::ranges::sort(all, {}, [](const command* c) { return std::tuple{c->section_, std::string_view{c->name_}}; });
  for (const auto* c : all) {
    auto* parser = app.add_subcommand(c->name_, c->summary_);
    c->define_(*parser, common);
    parser->group(title_of(c->section_));  // after its sub-commands, which would inherit it
  }
}

}  // namespace millrace::cli
