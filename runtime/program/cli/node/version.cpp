#include "connectors/postgres/migrations/migrations.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>

namespace millrace::cli {
namespace {

void define_version(CLI::App& c, const common_options&) {
  c.callback(
      [] { std::cout << "millrace " << MILLRACE_VERSION << ", schema " << postgres::required_schema_version() << '\n'; });
}

const command version_command{help_section::configuration, "version",
                              "Print the version of the program and the schema version it requires", define_version};

}  // namespace

}  // namespace millrace::cli
