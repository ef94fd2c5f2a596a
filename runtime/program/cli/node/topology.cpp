#include "actors/delivery/topology.hpp"

#include "runtime/program/cli/command.hpp"

#include <iostream>

namespace millrace::cli {

void add_topology(CLI::App& app, const common_options& common) {
  app.add_subcommand("topology", "Print the exchanges, queues and bindings that `serve` declares")->callback([&common] {
    std::cout << describe(make_topology(common.load().values));
  });
}

}  // namespace millrace::cli
