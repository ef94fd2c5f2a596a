#include "runtime/program/cli/dead/dead_bulk.hpp"

#include <memory>

namespace millrace::cli {
namespace {

void discard(const bulk_options& o, const config::settings& s) {
  postgres::settlement by;
  if (!o.dry_run) by = settlement_of(o);
  auto command = command_text(o);
  dead_letter_session desk{s};
  run_bulk(o, desk, "discarded", [&](unit_of_work& work, const std::vector<std::string>& ids, bool first) {
    return discard_batch(work, ids, by, command, first);
  });
}

}  // namespace

void add_dead_discard(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<bulk_options>();
  auto* c = dead.add_subcommand("discard", "Mark dead letters as done with; nothing is deleted and their tasks stay dead");
  add_bulk_options(*c, *o);
  c->footer("Example: millrace dead discard --fingerprint 3f2a90c1d4e5b677 --why 'INC-42: test data'");
  c->callback([o, &common] { discard(*o, common.load().values); });
}

}  // namespace millrace::cli
