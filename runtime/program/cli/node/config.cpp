#include "config/print.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

void define_config(CLI::App& config, const common_options& common) {
  config.require_subcommand(1);
  config.add_subcommand("check", "Load the configuration and list its problems")->callback([&common] {
    auto loaded = common.load();
    std::cout << "configuration is valid (environment " << loaded.values.environment << ")\n";
  });
  auto* print = config.add_subcommand("print", "Print the effective settings and the source of each; secrets are hidden");
  auto json = std::make_shared<bool>(false);
  print->add_flag("--json", *json, "print JSON instead of YAML");
  print->callback(
      [&common, json] { std::cout << config::print(common.load(), *json ? config::format::json : config::format::yaml); });
  config.add_subcommand("docs", "Print the reference of all options (docs/configuration.md)")->callback([] {
    std::cout << config::configuration_markdown();
  });
}

const command config_command{help_section::configuration, "config", "Check, print or document the configuration",
                             define_config};

}  // namespace

}  // namespace millrace::cli
