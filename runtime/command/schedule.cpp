#include "actors/client_settings.hpp"
#include "actors/schedule_view.hpp"
#include "connectors/postgres/session.hpp"
#include "runtime/command/command.hpp"

#include <iostream>
#include <memory>

namespace millrace::command {
namespace {

std::vector<schedule_view> read(const config::settings& s) {
  postgres::session session{task_session(s, "millrace schedule")};
  std::vector<schedule_view> all;
  auto done = session.run([&](unit_of_work& work) { all = view_schedules(work); });
  if (!done) throw failure(failed, "schedule list: " + done.error().message);
  return all;
}

void print(const std::vector<schedule_view>& all) {
  if (all.empty()) std::cout << "no schedules; see docs/guides/schedules.md\n";
  for (auto& s : all) {
    auto& r = s.row;
    std::cout << r.name
              << (r.enabled               ? ""
                  : r.origin == "removed" ? "  (removed from the configuration)"
                                          : "  (disabled)")
              << "\n  " << r.cron << "  " << r.timezone << "  ->  " << r.type << " of tenant " << r.tenant
              << (r.queue.empty() ? "" : " in queue " + r.queue) << "\n";
    if (!r.problem.empty()) std::cout << "  cannot fire: " << r.problem << "\n";
    if (!s.next.empty()) std::cout << "  next " << s.next << "\n";
    if (!s.last_fired.empty()) std::cout << "  last " << s.last_fired << "\n";
  }
}

}  // namespace

void add_schedule(CLI::App& app, const common_options& common) {
  auto* schedule = app.add_subcommand("schedule", "Look at the schedules, switch them on and off, run one now");
  schedule->require_subcommand(1);
  schedule->footer(
      "Examples:\n"
      "  millrace schedule list\n"
      "  millrace schedule disable nightly-balances --why 'INC-42: books are being mended'\n"
      "  millrace schedule run nightly-balances --why 'INC-42: books are mended'");
  auto json = std::make_shared<bool>(false);
  auto* list = schedule->add_subcommand("list", "Print every schedule with the time of its next fire");
  list->add_flag("--json", *json, "JSON: an array of objects");
  list->callback([json, &common] {
    auto all = read(common.load().values);
    if (!*json) return print(all);
    auto out = nlohmann::ordered_json::array();
    for (auto& s : all) out.push_back(to_json(s));
    std::cout << out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  });
  add_schedule_changes(*schedule, common);
}

}  // namespace millrace::command
