#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/dead/dead_print.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

constexpr std::size_t listed_a_page = 500;

struct list_options : dead_options {
  std::size_t limit = 50;
  std::string after;
};

postgres::dead_letter_mark mark_of(dead_letter_session& session, const std::string& id) {
  std::optional<postgres::dead_letter_record> dead_letter;
  session.run([&](unit_of_work& work) { dead_letter = postgres::read_dead_letter(work, id); });
  if (!dead_letter) throw failure(failed, "dead list: --after: no dead letter " + id);
  return {dead_letter->died_at, dead_letter->id};
}

void list(list_options o, const config::settings& s) {
  auto filter = o.filter();
  dead_letter_session session{s};
  postgres::dead_letter_mark after;
  if (!o.after.empty()) {
    dead_options only;
    only.ids = {o.after};
    after = mark_of(session, only.filter().ids[0]);
  }
  auto shown = dead_letter_listing(o.all);
  for (std::size_t left = o.limit; left > 0;) {
    const auto wanted = std::min(left, listed_a_page);
    std::vector<postgres::dead_letter_record> page;
    session.run([&](unit_of_work& work) {
      page = postgres::list_dead_letters(work, filter, postgres::dead_letter_order::newest_first, after, wanted);
    });
    for (auto& dead_letter : page)
      o.json ? print_line(to_json(dead_letter)) : shown.add(dead_letter_row(dead_letter, o.all));
    if (page.size() < wanted) return o.json ? void() : shown.end();
    shown.end_page();
    after = {page.back().died_at, page.back().id};
    left -= page.size();
  }
  std::cerr << "there may be more; next page: --after " << after.id << '\n';
}

nlohmann::ordered_json group_json(const postgres::dead_letter_group& g) {
  return {{"dead_letters", g.mark.dead_letters},
          {"queue", g.queue},
          {"type", g.type},
          {"dead_reason", g.reason},
          {"class", g.error_class},
          {"fingerprint", g.fingerprint},
          {"newest_at", g.mark.newest_at},
          {"error", g.error}};
}

void stats(const list_options& o, const config::settings& s) {
  auto filter = o.filter();
  dead_letter_session session{s};
  std::vector<postgres::dead_letter_group> groups;
  session.run([&](unit_of_work& work) { groups = postgres::group_dead_letters(work, filter, {}, o.limit); });
  list_printer shown{{{"COUNT", terminal::room::whole, terminal::side::right},
                      {"LAST", terminal::room::whole},
                      {"QUEUE", terminal::room::spare},
                      {"TYPE", terminal::room::spare},
                      {"REASON"},
                      {"FINGERPRINT", terminal::room::whole},
                      {"ERROR"}},
                     "No dead letters."};
  for (auto& g : groups) {
    if (o.json)
      print_line(group_json(g));
    else
      shown.add({std::to_string(g.mark.dead_letters), second_of(g.mark.newest_at), g.queue, g.type, g.reason, g.fingerprint,
                 g.error});
  }
  if (!o.json) shown.end();
  if (groups.size() == o.limit) std::cerr << "there may be more groups; raise --limit\n";
}

}  // namespace

void add_dead_list(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<list_options>();
  auto* c = dead.add_subcommand("list", "List dead letters, newest first");
  add_filter(*c, *o);
  c->add_flag("--all", o->all, "include replayed and discarded dead letters");
  c->add_option("-n,--limit", o->limit, "maximum number of dead letters")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  c->add_option("--after", o->after, "continue after the dead letter with this id, the last one of the previous page");
  c->footer(
      "Columns: id, time of death, reason, type, queue, fingerprint, state (with --all: open, replayed, discarded), error.\n"
      "On a terminal, columns are cut to fit; in a pipe they are complete and separated by tabs.\n"
      "Examples:\n"
      "  millrace dead list --queue webhook --since 2h\n"
      "  millrace dead list --text 'connection refused' --json");
  c->callback([o, &common] { list(*o, common.load().values); });
}

void add_dead_stats(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<list_options>();
  auto* c = dead.add_subcommand("stats", "Count dead letters by queue, type, reason and fingerprint, most frequent first");
  add_filter(*c, *o);
  c->add_flag("--all", o->all, "include replayed and discarded dead letters");
  c->add_option("-n,--limit", o->limit, "maximum number of groups")->check(CLI::Range(1u, 10'000u))->capture_default_str();
  c->footer(
      "Columns: count, latest death, queue, type, reason, fingerprint, an example error; format as in `millrace dead "
      "list`.\n"
      "Example: millrace dead stats --since 1d");
  c->callback([o, &common] { stats(*o, common.load().values); });
}

}  // namespace millrace::cli
