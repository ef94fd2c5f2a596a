#include "runtime/program/cli/command.hpp"
#include "runtime/program/heap_limits.hpp"

#include <csignal>
#include <iostream>

namespace {

constexpr auto about = R"(Millrace: background work for a financial platform, executed exactly once.

Examples:
  millrace migrate                                  create or update the database schema
  millrace serve                                    consume the queues until SIGTERM
  millrace publish notification.email '{"to":"a@example.org","subject":"Hi","text":"Hello"}' --queue email
  millrace task show 0190a1b2-0000-7000-8000-000000000001
  millrace top                                      what waits, runs and fails, once a second
  millrace schedule list                            what recurs, and when it fires next
  millrace dead stats                               what fails for good, and how often
  millrace queue pause webhook --why 'sink is down'  take nothing from it, on every node
  millrace doctor                                   is everything there, and if not, what to do
  millrace verify --wait 60 --journal confirmed.jsonl   was anything lost or doubled
  millrace verify-audit                             was the audit log tampered with)";

}  // namespace

int main(int argc, char** argv) {
  using namespace millrace::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a closed socket is an error code, not the end of the process
  millrace::set_heap_limits();
  CLI::App app{about, "millrace"};
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 failed, 2 usage or configuration.\nEvery command has its own --help.");
  common_options common;
  app.add_option("-c,--config", common.config_file,
                 "YAML file with settings; environment variables MILLRACE_… go before it");
  app.add_option("-e,--environment", common.environment, "development, testing, staging or production");
  app.fallthrough();
  add_serve(app, common);
  add_isolate(app, common);
  add_migrate(app, common);
  add_publish(app, common);
  add_task(app, common);
  add_schedule(app, common);
  add_dead(app, common);
  add_queue(app, common);
  add_token(app, common);
  add_top(app, common);
  add_topology(app, common);
  add_config(app, common);
  add_doctor(app, common);
  add_verify(app, common);
  add_verify_audit(app, common);
  add_version(app);
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
