#include "actors/node/connector_options.hpp"
#include "connectors/postgres/migrations/migrations.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>

namespace millrace::cli {
namespace {

void define_migrate(CLI::App& c, const common_options& common) {
  c.callback([&common] {
    auto settings = common.load().values;
    auto options = actors::task_session(settings, "millrace migrate");
    options.statement_timeout = std::chrono::milliseconds{0};  // altering a large table takes minutes
    options.lock_timeout = std::chrono::minutes{1};
    postgres::session session{options};
    auto applied = postgres::migrate(session);
    if (!applied) throw failure(failed, "migrate: " + applied.error().message);
    for (auto& name : *applied) std::cout << "applied " << name << '\n';
    std::cout << "schema has version " << postgres::required_schema_version()
              << (applied->empty() ? ", up to date\n" : "\n");
  });
}

const command migrate_command{help_section::node, "migrate",
                              "Create or update the schema `millrace`; safe to run concurrently from several hosts",
                              define_migrate};

}  // namespace

}  // namespace millrace::cli
