#include "runtime/program/cli/dead/dead_bulk.hpp"

#include <memory>

namespace millrace::cli {
namespace {

void discard(const bulk_options& o, const config::settings& s) {
  operations::replay_order details;
  if (!o.dry_run) details.by = settlement_of(o);
  details.command = command_text(o);
  dead_letter_session session{s};
  run_bulk(o, session, operations::bulk_action::discard, details);
}

}  // namespace

void add_dead_discard(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<bulk_options>();
  auto* c = dead.add_subcommand("discard", "Discard dead letters (rows are kept, tasks stay dead)");
  add_bulk_options(*c, *o, 100'000'000);
  c->footer("Example: millrace dead discard --fingerprint 3f2a90c1d4e5b677 --why 'INC-42: test data'");
  c->callback([o, &common] { discard(*o, common.load().values); });
}

}  // namespace millrace::cli
