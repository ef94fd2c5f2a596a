#include "actors/delivery/topology.hpp"

#include "runtime/program/cli/command.hpp"

#include <iostream>

namespace millrace::cli {
namespace {

void define_topology(CLI::App& c, const common_options& common) {
  c.callback([&common] { std::cout << actors::describe(actors::make_topology(common.load().values)); });
}

const command topology_command{help_section::configuration, "topology",
                               "Print the exchanges, queues and bindings that `serve` declares", define_topology};

}  // namespace

}  // namespace millrace::cli
