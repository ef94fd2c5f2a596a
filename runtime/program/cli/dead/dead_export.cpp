#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/dead/dead_print.hpp"

#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

constexpr std::size_t dead_letters_a_page = 200;

/// Reads dead letters in pages without bodies and each body by itself, as a body may have megabytes.
void write_out(const dead_options& o, const config::settings& s) {
  auto filter = o.filter();
  dead_letter_session session{s};
  session.run([&](unit_of_work& work) { filter.died_by = postgres::snapshot_time(work); });
  postgres::dead_letter_mark after;
  for (std::vector<postgres::dead_letter_record> page(dead_letters_a_page); page.size() == dead_letters_a_page;) {
    session.run([&](unit_of_work& work) {
      page =
          postgres::list_dead_letters(work, filter, postgres::dead_letter_order::oldest_first, after, dead_letters_a_page);
    });
    for (auto& dead_letter : page) {
      postgres::dead_letter_bytes bytes;
      session.run([&](unit_of_work& work) { bytes = postgres::read_dead_letter_bytes(work, dead_letter.id); });
      print_line(to_json(dead_letter, bytes));
    }
    if (!page.empty()) after = {page.back().died_at, page.back().id};
  }
  if (!std::cout.flush()) throw failure(failed, "dead export: cannot write to standard output");
}

}  // namespace

void add_dead_export(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<dead_options>();
  auto* c = dead.add_subcommand("export", "Export dead letters as JSON lines, oldest first, bodies as base64");
  add_filter(*c, *o);
  c->add_flag("--all", o->all, "include replayed and discarded dead letters");
  c->footer(
      "Dead letters that die after the start are left out.\nExample: millrace dead export --all --since 7d | gzip "
      ">dead.jsonl.gz");
  c->callback([o, &common] { write_out(*o, common.load().values); });
}

}  // namespace millrace::cli
