#include "actors/node/connector_options.hpp"
#include "connectors/postgres/migrations/migrations.hpp"
#include "runtime/program/cli/command.hpp"

#include <iostream>

namespace millrace::cli {

void add_migrate(CLI::App& app, const common_options& common) {
  app.add_subcommand("migrate", "Create or update the schema `millrace`; safe to run from any number of hosts at once")
      ->callback([&common] {
        auto settings = common.load().values;
        auto options = task_session(settings, "millrace migrate");
        options.statement_timeout = std::chrono::milliseconds{0};  // a large table takes the time it takes
        options.lock_timeout = std::chrono::minutes{1};
        postgres::session session{options};
        auto applied = postgres::migrate(session);
        if (!applied) throw failure(failed, "migrate: " + applied.error().message);
        for (auto& name : *applied) std::cout << "applied " << name << '\n';
        std::cout << "schema is at version " << postgres::required_schema_version()
                  << (applied->empty() ? ", nothing to do\n" : "\n");
      });
}

}  // namespace millrace::cli
