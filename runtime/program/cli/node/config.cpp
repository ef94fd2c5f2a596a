#include "config/print.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>
#include <memory>

namespace millrace::cli {

void add_config(CLI::App& app, const common_options& common) {
  auto* config = app.add_subcommand("config", "Check, print or document the configuration");
  config->require_subcommand(1);
  config->add_subcommand("check", "Load the configuration and say what is wrong with it")->callback([&common] {
    auto loaded = common.load();
    std::cout << "configuration is good (environment " << loaded.values.environment << ")\n";
  });
  auto* print =
      config->add_subcommand("print", "Print the settings in effect and where each comes from; secrets are hidden");
  auto json = std::make_shared<bool>(false);
  print->add_flag("--json", *json, "JSON in place of YAML");
  print->callback(
      [&common, json] { std::cout << config::print(common.load(), *json ? config::format::json : config::format::yaml); });
  config->add_subcommand("docs", "Print docs/configuration.md")->callback([] {
    std::cout << config::configuration_markdown();
  });
}

}  // namespace millrace::cli
