#include "runtime/payload/utf8.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/task/task_print.hpp"
#include "runtime/program/cli/time_argument.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

using postgres::task_record;

constexpr std::size_t tasks_a_page = 500;

struct task_search : postgres::task_filter {
  std::string since = "1h", until;
  std::size_t limit = 50;
  bool json = false;
};

postgres::task_filter filter_of(const task_search& o) {
  for (const auto* text : {&o.type, &o.queue, &o.tenant})
    if (!is_printable(*text))
      throw failure(misused, "task list: " + excerpt(*text) + " is not UTF-8 without control characters");
  auto us = [](wall_time t) { return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count(); };
  const auto now = std::chrono::system_clock::now();
  postgres::task_filter f = o;
  f.since_us = us(parse_time_argument("--since", o.since, now));
  if (!o.until.empty()) f.until_us = us(parse_time_argument("--until", o.until, now));
  return f;
}

list_printer task_listing() {
  return {{{"RECEIVED", room::whole},
           {"STATE", room::whole},
           {"TYPE"},
           {"QUEUE", room::spare},
           {"TENANT", room::spare},
           {"ATTEMPTS", room::spare, side::right},
           {"ID", room::whole},
           {"ERROR"}},
          "No such tasks in this window of time; --since looks further back."};
}

table_row task_row(const task_record& t) {
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
  auto shown = task_listing();
  for (std::size_t left = o.limit; left > 0;) {
    const auto wanted = std::min(left, tasks_a_page);
    std::vector<task_record> page;
    run_in_database(s, "task list", [&](unit_of_work& work) { page = postgres::list_tasks(work, filter, after, wanted); });
    for (const auto& t : page) o.json ? print_line(nlohmann::ordered_json(task_json(t))) : shown.add(task_row(t));
    if (page.size() < wanted) return o.json ? void() : shown.end();
    shown.end_page();
    after = {page.back().received_at, page.back().id};
    left -= page.size();
  }
  // Those of one instant come again, rather than that some are left out.
  const auto last = parse_rfc3339(after.received_at).value() + std::chrono::microseconds{1};
  std::cerr << "there may be more: --limit, or --until " << to_rfc3339(last) << '\n';
}

}  // namespace

void add_task_list(CLI::App& task, const common_options& common) {
  auto o = std::make_shared<task_search>();
  auto* c = task.add_subcommand("list", "List tasks that were received in a window of time, the newest first");
  c->add_option("-t,--type", o->type, "task type");
  c->add_option("-q,--queue", o->queue, "queue");
  c->add_option("--state", o->state, "scheduled, running, retrying, succeeded, dead, cancelled or expired")
      ->check(CLI::IsMember(
          std::vector<std::string>{"scheduled", "running", "retrying", "succeeded", "dead", "cancelled", "expired"}));
  c->add_option("--tenant", o->tenant, "tenant");
  c->add_option("--since", o->since, "received then or later: an age such as 2h, or a time such as 2026-11-21T09:30:00Z")
      ->capture_default_str();
  c->add_option("--until", o->until, "received before then");
  c->add_option("-n,--limit", o->limit, "at most that many")->check(CLI::Range(1u, 1'000'000u))->capture_default_str();
  c->add_flag("--json", o->json, "one JSON object a line");
  c->footer(
      "Columns: received at, state, type, queue, tenant, attempts, id, error. A pipe gets all of them in full with tabs in\n"
      "between, a terminal what fits.\n"
      "Examples:\n"
      "  millrace task list --queue webhook --state retrying\n"
      "  millrace task list --type report.run --since 2d --until 1d --json");
  c->callback([o, &common] { list_found(*o, common.load().values); });
}

}  // namespace millrace::cli
