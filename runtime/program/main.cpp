#include "runtime/program/cli/command.hpp"
#include "runtime/program/heap_limits.hpp"

#include <csignal>
#include <iostream>

namespace {

constexpr auto about =
    R"(Millrace runs background tasks for a financial platform. It consumes tasks from RabbitMQ, executes them, and records
each result exactly once in PostgreSQL.

Examples:
  millrace migrate                                  create or update the database schema
  millrace serve                                    run a node: consume the queues until SIGTERM
  millrace publish notification.email '{"to":"a@example.org","subject":"Hi","text":"Hello"}'
  millrace task show 0190a1b2-0000-7000-8000-000000000001
  millrace top                                      live view of queue depth, running and failed tasks
  millrace schedule list                            list recurring tasks and their next run
  millrace dead stats                               count dead letters by cause
  millrace queue pause webhook --why 'INC-42'       stop consuming a queue on every node
  millrace doctor                                   check servers and settings, suggest fixes
  millrace verify --wait 60                         check for lost or duplicated tasks
  millrace verify-audit                             check the audit log for tampering)";

}  // namespace

int main(int argc, char** argv) {
  using namespace millrace::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a write to a closed socket must return EPIPE instead of killing the process
  millrace::program::set_heap_limits();
  CLI::App app{about, "millrace"};
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 success, 1 failure, 2 usage or configuration error.\n"
      "Run `millrace COMMAND --help` for the options of a command.");
  common_options common;
  app.add_option("-c,--config", common.config_file, "YAML configuration file; environment variables MILLRACE_* override it");
  app.add_option("-e,--environment", common.environment, "environment: development, testing, staging or production");
  app.fallthrough();
  command::add_all(app, common);
  try {
    app.parse(argc, argv);
    return done;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? done : misused;
  } catch (const failure& e) {
    std::cerr << e.what() << '\n';
    return e.code();
  } catch (const std::exception& e) {
    std::cerr << "millrace: " << e.what() << '\n';
    return failed;
  }
}
