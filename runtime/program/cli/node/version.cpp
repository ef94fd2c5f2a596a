#include "connectors/postgres/migrations/migrations.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>

namespace millrace::cli {

void add_version(CLI::App& app) {
  app.add_subcommand("version", "Print the version of the program and the schema version it requires")->callback([] {
    std::cout << "millrace " << MILLRACE_VERSION << ", schema " << postgres::required_schema_version() << '\n';
  });
}

}  // namespace millrace::cli
