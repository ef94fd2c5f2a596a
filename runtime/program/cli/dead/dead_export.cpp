#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/dead/dead_print.hpp"

#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

constexpr std::size_t dead_letters_a_page = 200;

/// Pages of letters without bytes, and the bytes one by one: a body may have megabytes.
void write_out(const dead_options& o, const config::settings& s) {
  auto filter = o.filter();
  dead_letter_session desk{s};
  desk.run([&](unit_of_work& work) { filter.died_by = postgres::snapshot_time(work); });
  postgres::dead_letter_mark after;
  for (std::vector<postgres::dead_letter_record> page(dead_letters_a_page); page.size() == dead_letters_a_page;) {
    desk.run([&](unit_of_work& work) {
      page =
          postgres::list_dead_letters(work, filter, postgres::dead_letter_order::oldest_first, after, dead_letters_a_page);
    });
    for (auto& letter : page) {
      postgres::dead_letter_bytes bytes;
      desk.run([&](unit_of_work& work) { bytes = postgres::read_dead_letter_bytes(work, letter.id); });
      print_line(to_json(letter, bytes));
    }
    if (!page.empty()) after = {page.back().died_at, page.back().id};
  }
  if (!std::cout.flush()) throw failure(failed, "dead export: cannot write to standard output");
}

}  // namespace

void add_dead_export(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<dead_options>();
  auto* c = dead.add_subcommand("export", "Write dead letters as JSON lines, the oldest first, bodies as base64");
  add_filter(*c, *o);
  c->add_flag("--all", o->all, "replayed and discarded ones as well");
  c->footer(
      "Letters that die meanwhile are left out.\nExample: millrace dead export --all --since 7d | gzip >dead.jsonl.gz");
  c->callback([o, &common] { write_out(*o, common.load().values); });
}

}  // namespace millrace::cli
