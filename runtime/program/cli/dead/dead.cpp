#include "runtime/program/cli/dead/dead.hpp"

#include "actors/node/connector_options.hpp"
#include "runtime/task/jitter.hpp"

#include <thread>

namespace millrace::cli {
namespace {

constexpr int most_tries = 5;

bool worth_another_try(const postgres::failure& f) {
  return f.kind == postgres::failure_class::retry || f.kind == postgres::failure_class::in_doubt;
}

postgres::session_options options_of(const config::settings& s) {
  auto o = actors::task_session(s, "millrace dead");
  o.statement_timeout = std::chrono::minutes{10};
  o.lock_timeout = std::chrono::seconds{30};
  return o;
}

}  // namespace

dead_letter_session::dead_letter_session(const config::settings& s) : session_(options_of(s)) {}

void dead_letter_session::run(const std::function<void(unit_of_work&)>& work) {
  for (int attempt = 1;; ++attempt) {
    auto result = session_.run(work);
    if (result) return;
    if (!worth_another_try(result.error()) || attempt == most_tries)
      throw failure(failed, "dead: " + result.error().message);
    std::this_thread::sleep_for(std::chrono::milliseconds{5 + static_cast<int>(200 * random_unit())});
  }
}

namespace {

void define_dead(CLI::App& dead, const common_options& common) {
  dead.require_subcommand(1);
  dead.footer(
      "A dead letter is a task that is no longer retried. Inspect it, fix the cause, then replay:\n"
      "  millrace dead stats                                      failures by frequency\n"
      "  millrace dead list --fingerprint 3f2a90c1d4e5b677        the dead letters of one failure\n"
      "  millrace dead show ID                                    one dead letter with its body\n"
      "  millrace dead replay --fingerprint 3f2a90c1d4e5b677 --dry-run\n"
      "  millrace dead replay --fingerprint 3f2a90c1d4e5b677 --why 'INC-42: endpoint recovered'\n"
      "More: docs/guides/dead-letters.md.");
  add_dead_list(dead, common);
  add_dead_show(dead, common);
  add_dead_stats(dead, common);
  add_dead_replay(dead, common);
  add_dead_discard(dead, common);
  add_dead_export(dead, common);
}

const command dead_command{help_section::tasks, "dead", "Show, replay, discard or export dead letters", define_dead};

}  // namespace

}  // namespace millrace::cli
