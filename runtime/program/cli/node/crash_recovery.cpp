#include "runtime/program/cli/node/crash_recovery.hpp"

#include "actors/background/database_polls.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/cluster/crash_store.hpp"
#include "connectors/postgres/session/session.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/crash/crash_report.hpp"
#include "runtime/program/cli/command.hpp"

namespace millrace::cli {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using result = tl::expected<void, postgres::failure>;

postgres::crash_count crash_count_of(const crash::crash_report& report) {
  postgres::crash_count crashed{.record = report.record, .node = report.node, .proven = report.signal != 0, .tasks = {}};
  for (auto& e : report.entries) crashed.tasks.push_back({e.tenant, to_string(e.id)});
  return crashed;
}

/// Deletes the record only after the commit. If this process is killed in between, the database recognises the record by
/// its name and does not count it twice.
result count(postgres::session& session, crash::dead_crash_record& dead) {
  auto report = dead.read();
  if (!report) {
    monitoring::log(level::error, "crash record unreadable; deleting it", {{"error", report.error()}});
    return dead.remove(), result{};
  }
  if (report->entries.empty()) return dead.remove(), result{};
  auto crashed = crash_count_of(*report);
  auto committed = session.run([&](unit_of_work& work) { postgres::count_crash(work, crashed); });
  if (!committed) return committed;
  monitoring::log(level::warn, "previous process crashed while executing tasks",
                  {{"record", report->record},
                   {"died_node", report->node},
                   {"tasks", static_cast<std::uint64_t>(report->entries.size())},
                   {"how", report->signal != 0 ? crash::describe_signal(report->signal) : "no fatal signal recorded"}});
  dead.remove();
  return committed;
}

/// Runs in one process at a time of those that share `state_dir`: a process that starts while another one counts must see
/// the quarantine that results.
result count_all_and_load_quarantine(actors::node_context& shared, postgres::session& session) {
  const crash::counting_turn turn{shared.settings.state_dir};
  for (auto& dead : crash::take_dead_crash_records(shared.settings.state_dir))
    if (auto counted = count(session, dead); !counted) return counted;
  std::vector<postgres::crash_key> found;
  auto read = session.run([&](unit_of_work& work) { found = postgres::find_quarantined(work); });
  if (read) actors::set_quarantine(shared, found);
  return read;
}

}  // namespace

void open_crash_record(actors::node_context& shared) {
  auto& dir = shared.settings.state_dir;
  try {
    crash::make_state_dir(dir);
    shared.crashes = std::make_unique<crash::crash_record>(crash::crash_record_options{
        .path = crash::new_crash_record_path(dir, shared.name),
        .node = shared.name,
        .full = [&metrics = shared.metrics](std::size_t tasks) { metrics.crash_record_full(tasks); }});
  } catch (const std::runtime_error& e) {
    throw failure(misused, "serve: state_dir: " + std::string{e.what()} +
                               "; set state_dir to a local directory that this user can write to");
  }
  shared.crashes->note_fatal_signals();
}

bool count_dead_processes(actors::node_context& shared, stop_signals& signals) {
  postgres::session session{actors::task_session(shared.settings, "millrace serve")};
  for (;;) {
    auto counted_all = count_all_and_load_quarantine(shared, session);
    if (counted_all) return true;
    auto& error = counted_all.error();
    if (error.kind == postgres::failure_class::stop) throw failure(failed, "serve: cannot count crashes: " + error.message);
    monitoring::log(level::warn, "database unavailable; waiting to count crashes", {{"error", error.message}});
    if (signals.wait_for(1s)) return false;
  }
}

}  // namespace millrace::cli
