#include "actors/node/connector_options.hpp"
#include "connectors/postgres/migrations/migrations.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/node/crash_recovery.hpp"
#include "runtime/program/cli/stop_signals.hpp"
#include "runtime/program/service/actor_killer.hpp"
#include "runtime/program/service/service.hpp"
#include "runtime/supervision/crash_points.hpp"
#include "runtime/supervision/restart_policy.hpp"

#include <charconv>
#include <iostream>
#include <memory>
#include <optional>

namespace millrace::cli {
namespace {

using namespace std::chrono_literals;
using monitoring::level;

struct serve_options {
  bool fault_injection = false;
  unsigned kill_actor_ms = 0;
  std::uint64_t seed = 1;
  std::string crash_at, crash_on, broken;
  double redeliver_percent = 0;
};

template <class Table>
std::string names_of(const Table& table) {
  std::string all;
  for (auto& [value, name] : table) all += (all.empty() ? "" : ", ") + std::string{name};
  return all;
}

/// POINT or POINT:N.
void arm_crash_point(const std::string& text) {
  auto colon = text.find(':');
  auto point = faults::find(faults::crash_points, text.substr(0, colon));
  unsigned nth = 1;
  auto* end = text.data() + text.size();
  bool counted = colon == text.npos || std::from_chars(text.data() + colon + 1, end, nth).ptr == end;
  if (!point || !counted || nth == 0)
    throw failure(misused, "serve: --crash-at takes POINT or POINT:N, POINT one of " + names_of(faults::crash_points));
  faults::arm(*point, nth);
}

void arm_faults(const serve_options& o) {
  if (!o.fault_injection &&
      (o.kill_actor_ms > 0 || !o.crash_at.empty() || !o.crash_on.empty() || !o.broken.empty() || o.redeliver_percent > 0))
    throw failure(misused,
                  "serve: --kill-actor-every, --crash-at, --crash-on, --redeliver and --break need --fault-injection");
  faults::arm_crash_on(o.crash_on);
  faults::arm_redelivery(o.redeliver_percent / 100);
  if (!o.crash_at.empty()) arm_crash_point(o.crash_at);
  if (o.broken.empty()) return;
  auto defect = faults::find(faults::defects, o.broken);
  if (!defect) throw failure(misused, "serve: --break takes one of " + names_of(faults::defects));
  faults::arm(*defect);
}

/// The schema's version; where it fits, the limits of the queues are known too: what is paused is never consumed, not even
/// before the tree looks for the first time.
auto first_look(postgres::session& session, queue_limits_board& limits) -> decltype(postgres::schema_version(session)) {
  auto version = postgres::schema_version(session);
  if (!version || *version != postgres::required_schema_version()) return version;
  std::vector<postgres::queue_control> set;
  auto read = session.run([&](unit_of_work& work) { set = postgres::read_queue_controls(work); });
  if (!read) return tl::unexpected(read.error());
  limits.read(set, 1);
  return version;
}

/// Waits until the database can be asked for its schema; false if a signal came first. A schema that does not fit is final.
bool schema_fits(const config::settings& s, stop_signals& signals, monitoring::health& health, queue_limits_board& limits) {
  postgres::session session{task_session(s, "millrace serve")};
  auto needed = postgres::required_schema_version();
  for (int round = 0;; ++round) {
    auto version = first_look(session, limits);
    if (version && *version == needed) return true;
    if (version)
      throw failure(
          failed,
          "serve: the schema is at version " + std::to_string(*version) + ", this program needs " + std::to_string(needed) +
              (*version < needed ? "; run `millrace migrate`" : "; install the newer millrace that migrated this database"));
    if (round % 10 == 0)
      monitoring::log(level::warn, "database not reachable, waiting; check postgres.url or run `millrace doctor`",
                      {{"error", version.error().message}});
    health.report("database tasks", false, version.error().message);
    if (signals.wait_for(1s)) return false;
  }
}

/// Runs until a signal. The root supervisor is restarted by us, as it is nobody's child; if it keeps ending, so do we.
void run(service& node, stop_signals& signals) {
  restart_history history{{.max_restarts = 10, .window = 10s}};
  for (;;) {
    node.start([&signals] { signals.notify(); });
    if (signals.wait()) return;
    auto decision = history.decide(std::chrono::steady_clock::now(), 0.5);
    if (std::holds_alternative<escalate>(decision))
      throw failure(failed, "serve: the supervision tree keeps ending, giving up");
    monitoring::log(level::error, "root supervisor ended, starting the tree again");
    node.shared().metrics.actor_restarted("root");
    if (signals.wait_for(std::get<restart_after>(decision).delay)) return;
  }
}

/// How a process for quarantine is run: this program, as it runs now, even if its file has been replaced since.
std::vector<std::string> isolation_command(const serve_options& o, const common_options& common) {
  std::vector<std::string> command{"/proc/self/exe", "isolate"};
  if (!common.config_file.empty()) command.insert(command.end(), {"--config", common.config_file});
  if (!common.environment.empty()) command.insert(command.end(), {"--environment", common.environment});
  if (!o.crash_on.empty()) command.insert(command.end(), {"--crash-on", o.crash_on});
  return command;
}

void serve(const serve_options& o, const common_options& common, config::settings s) {
  monitoring::set_log_level(s.monitoring.log_level);
  stop_signals signals;  // before any thread, so that all of them leave the signals to it
  auto grace = s.shutdown_grace;
  auto settings = s;
  service node{std::move(s)};
  monitoring::set_log_context({{"node", node.shared().name}});
  monitoring::log(level::info, "serving",
                  {{"version", MILLRACE_VERSION},
                   {"monitoring_port", static_cast<int>(node.monitoring_port())},
                   {"api_port", static_cast<int>(node.api_port())}});
  open_crash_record(node.shared());
  node.shared().isolation = isolation_command(o, common);
  node.join(0ms);  // it sees whether the database is only just coming back
  if (!schema_fits(settings, signals, node.shared().health, node.shared().limits)) return;
  if (!count_dead_processes(node.shared(), signals)) return;
  while (!node.join(1s))
    if (signals.wait_for(0s)) return;
  {
    std::optional<actor_killer> killer;
    if (o.kill_actor_ms > 0) killer.emplace(node.shared(), std::chrono::milliseconds{o.kill_actor_ms}, o.seed);
    run(node, signals);
  }
  monitoring::log(level::info, "draining", {{"grace_ms", static_cast<std::int64_t>(grace.count())}});
  bool clean = node.drain(grace);
  monitoring::log(clean ? level::info : level::warn,
                  clean ? "drained" : "grace time over; what is unfinished goes back to the broker");
  signals.exit_if_stuck(30s);  // CAF 0.17 can deadlock joining detached threads (its issue 1196)
}

}  // namespace

void add_serve(CLI::App& app, const common_options& common) {
  auto o = std::make_shared<serve_options>();
  auto* c =
      app.add_subcommand("serve", "Consume the queues and do the work, until SIGTERM or SIGINT; a second one stops at once");
  c->add_flag("--fault-injection", o->fault_injection, "arm the options that break things on purpose; for tests only");
  c->add_option("--kill-actor-every", o->kill_actor_ms,
                "kill a random actor every so many milliseconds (needs --fault-injection)");
  c->add_option("--seed", o->seed, "of the random choice (needs --fault-injection)");
  c->add_option("--crash-at", o->crash_at,
                "kill the process at POINT, or at its Nth passing as POINT:N (needs --fault-injection): " +
                    names_of(faults::crash_points));
  c->add_option("--crash-on", o->crash_on,
                "crash, as by a fault of its handler, on every task whose payload has this text (needs --fault-injection)");
  c->add_option(
       "--redeliver", o->redeliver_percent,
       "return that percentage of finished deliveries to their queue, so that they come again (needs --fault-injection)")
      ->check(CLI::Range(0.0, 50.0));
  c->add_option(
      "--break", o->broken,
      "break the promise on purpose, for tests of `verify` (needs --fault-injection): " + names_of(faults::defects));
  c->callback([o, &common] {
    arm_faults(*o);
    serve(*o, common, common.load().values);
  });
}

}  // namespace millrace::cli
