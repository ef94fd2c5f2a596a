#include "runtime/program/cli/dead/dead_bulk.hpp"

#include <memory>

namespace millrace::command {
namespace {

void discard(const sweep_options& o, const config::settings& s) {
  postgres::settlement by;
  if (!o.dry_run) by = settlement_of(o);
  auto command = command_text(o);
  letter_desk desk{s};
  sweep(o, desk, "discarded", [&](unit_of_work& work, const std::vector<std::string>& ids, bool first) {
    return discard_batch(work, ids, by, command, first);
  });
}

}  // namespace

void add_dead_discard(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<sweep_options>();
  auto* c = dead.add_subcommand("discard", "Mark dead letters as done with; nothing is deleted and their tasks stay dead");
  add_sweep(*c, *o);
  c->footer("Example: millrace dead discard --fingerprint 3f2a90c1d4e5b677 --why 'INC-42: test data'");
  c->callback([o, &common] { discard(*o, common.load().values); });
}

}  // namespace millrace::command
