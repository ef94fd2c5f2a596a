#include "config/text/utf8.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/task/task_commands.hpp"
#include "runtime/program/cli/task/task_print.hpp"
#include "runtime/program/cli/time_argument.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

using postgres::task_record;

constexpr std::size_t tasks_per_page = 500;

struct task_search : postgres::task_filter {
  std::string since = "1h", until;
  std::size_t limit = 50;
  bool json = false;
};

postgres::task_filter filter_of(const task_search& o) {
  for (const auto* text : {&o.type, &o.queue, &o.tenant})
    if (!text::is_printable(*text))
      throw failure(misused, "task list: " + text::excerpt(*text) + " must be UTF-8 without control characters");
  auto us = [](wall_time t) { return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count(); };
  const auto now = std::chrono::system_clock::now();
  postgres::task_filter f = o;
  f.since_us = us(parse_time_argument("--since", o.since, now));
  if (!o.until.empty()) f.until_us = us(parse_time_argument("--until", o.until, now));
  return f;
}

list_printer task_table() {
  return {{{"RECEIVED", terminal::room::whole},
           {"STATE", terminal::room::whole},
           {"TYPE"},
           {"QUEUE", terminal::room::spare},
           {"TENANT", terminal::room::spare},
           {"ATTEMPTS", terminal::room::spare, terminal::side::right},
           {"ID", terminal::room::whole},
           {"ERROR"}},
          "No matching tasks in this period; use --since for an earlier start."};
}

terminal::table_row task_row(const task_record& t) {
  return {second_of(t.received_at),
          state_cell(t.state),
          t.type,
          t.queue,
          t.tenant,
          std::to_string(t.attempt),
          t.original_id.empty() ? t.id : t.original_id,
          t.error};
}

void list_found(const task_search& o, const config::settings& s) {
  const auto filter = filter_of(o);
  postgres::task_mark after;
  auto table = task_table();
  for (std::size_t left = o.limit; left > 0;) {
    const auto wanted = std::min(left, tasks_per_page);
    std::vector<task_record> page;
    run_in_database(s, "task list", [&](unit_of_work& work) { page = postgres::list_tasks(work, filter, after, wanted); });
    for (const auto& t : page) o.json ? print_line(nlohmann::ordered_json(task_json(t))) : table.add(task_row(t));
    if (page.size() < wanted) return o.json ? void() : table.end();
    table.end_page();
    after = {page.back().received_at, page.back().id};
    left -= page.size();
  }
  // Rounded up: the next page repeats tasks of the same microsecond rather than omitting any.
  const auto last = parse_rfc3339(after.received_at).value() + std::chrono::microseconds{1};
  std::cerr << "there may be more tasks; use --limit or --until " << to_rfc3339(last) << '\n';
}

}  // namespace

void add_task_list(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<task_search>();
  auto* c = task.add_subcommand("list", "List tasks received in a period, newest first");
  c->add_option("-t,--type", o->type, "only this task type");
  c->add_option("-q,--queue", o->queue, "only this queue");
  c->add_option("--state", o->state, "only this state: scheduled, running, retrying, succeeded, dead, cancelled or expired")
      ->check(CLI::IsMember(
          std::vector<std::string>{"scheduled", "running", "retrying", "succeeded", "dead", "cancelled", "expired"}));
  c->add_option("--tenant", o->tenant, "only this tenant");
  c->add_option("--since", o->since,
                "received at this time or later: an age such as 2h, or a time such as 2026-11-21T09:30:00Z")
      ->capture_default_str();
  c->add_option("--until", o->until, "received before this time");
  c->add_option("-n,--limit", o->limit, "maximum number of tasks")->check(CLI::Range(1u, 1'000'000u))->capture_default_str();
  c->add_flag("--json", o->json, "print one JSON object per line");
  c->footer(
      "Columns: received at, state, type, queue, tenant, attempts, id, error. A terminal shows as much as fits.\n"
      "A pipe gets all columns in full, separated by tabs.\n"
      "Examples:\n"
      "  millrace task list --queue webhook --state retrying\n"
      "  millrace task list --type report.run --since 2d --until 1d --json");
  c->callback([o, &common] { list_found(*o, common.load().values); });
}

}  // namespace millrace::cli
