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
#include <csignal>
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
  std::string crash_at, stop_at, crash_on, defect;
  double redeliver_percent = 0;
};

template <class Table>
std::string names_of(const Table& table) {
  std::string all;
  for (auto& [value, name] : table) all += (all.empty() ? "" : ", ") + std::string{name};
  return all;
}

/// Parses POINT or POINT:N, the value of `option`.
void arm_crash_point(const char* option, const std::string& text, int signal) {
  auto colon = text.find(':');
  auto point = faults::find(faults::crash_points, text.substr(0, colon));
  unsigned nth = 1;
  auto* end = text.data() + text.size();
  bool counted = colon == text.npos || std::from_chars(text.data() + colon + 1, end, nth).ptr == end;
  if (!point || !counted || nth == 0)
    throw failure(misused, "serve: " + std::string{option} + " must be POINT or POINT:N, with POINT one of " +
                               names_of(faults::crash_points));
  faults::arm(*point, nth, signal);
}

void arm_faults(const serve_options& o) {
  if (!o.fault_injection && (o.kill_actor_ms > 0 || !o.crash_at.empty() || !o.stop_at.empty() || !o.crash_on.empty() ||
                             !o.defect.empty() || o.redeliver_percent > 0))
    throw failure(
        misused,
        "serve: --kill-actor-every, --crash-at, --stop-at, --crash-on, --redeliver and --break require --fault-injection");
  if (o.fault_injection) faults::enable();
  faults::arm_crash_on(o.crash_on);
  faults::arm_redelivery(o.redeliver_percent / 100);
  if (!o.crash_at.empty() && !o.stop_at.empty()) throw failure(misused, "serve: --crash-at excludes --stop-at");
  if (!o.crash_at.empty()) arm_crash_point("--crash-at", o.crash_at, SIGKILL);
  if (!o.stop_at.empty()) arm_crash_point("--stop-at", o.stop_at, SIGSTOP);
  if (o.defect.empty()) return;
  auto defect = faults::find(faults::defects, o.defect);
  if (!defect) throw failure(misused, "serve: --break must be one of " + names_of(faults::defects));
  faults::arm(*defect);
}

/// Reads the schema version. If it matches, reads the queue controls too, so that a paused queue is not consumed even before
/// the first queue control poll.
auto read_schema_version(postgres::session& session, actors::queue_limits_board& limits)
    -> decltype(postgres::schema_version(session)) {
  auto version = postgres::schema_version(session);
  if (!version || *version != postgres::required_schema_version()) return version;
  std::vector<postgres::queue_control> controls;
  auto read = session.run([&](unit_of_work& work) { controls = postgres::read_queue_controls(work); });
  if (!read) return tl::unexpected(read.error());
  limits.read(controls, 1);
  return version;
}

/// Waits until the schema version can be read. False if a stop signal arrived first. Throws `failure` (1) if the version
/// does not match.
bool wait_for_schema(const config::settings& s, stop_signals& signals, monitoring::health& health,
                     actors::queue_limits_board& limits) {
  postgres::session session{actors::task_session(s, "millrace serve")};
  auto required = postgres::required_schema_version();
  for (int round = 0;; ++round) {
    auto version = read_schema_version(session, limits);
    if (version && *version == required) return true;
    if (version)
      throw failure(failed, "serve: the schema has version " + std::to_string(*version) + ", this program requires " +
                                std::to_string(required) +
                                (*version < required ? "; run `millrace migrate`"
                                                     : "; install the newer millrace version that migrated this database"));
    if (round % 10 == 0)
      monitoring::log(level::warn, "database unavailable; retrying; check postgres.url or run `millrace doctor`",
                      {{"error", version.error().message}});
    health.report("database tasks", false, version.error().message);
    if (signals.wait_for(1s)) return false;
  }
}

/// Runs until a stop signal. Restarts the root supervisor, which has no parent; throws `failure` (1) if it ends too often.
void run(service::service& node, stop_signals& signals) {
  supervision::restart_history history{{.max_restarts = 10, .window = 10s}};
  for (;;) {
    node.start([&signals] { signals.notify(); });
    if (signals.wait()) return;
    auto decision = history.decide(std::chrono::steady_clock::now(), 0.5);
    if (std::holds_alternative<supervision::escalate>(decision))
      throw failure(failed, "serve: too many restarts of the supervision tree");
    monitoring::log(level::error, "root supervisor ended; restarting it");
    node.shared().metrics.actor_restarted("root");
    if (signals.wait_for(std::get<supervision::restart_after>(decision).delay)) return;
  }
}

/// The command line of an isolated executor: the running program, even if its file has been replaced since the start.
std::vector<std::string> isolation_command(const serve_options& o, const common_options& common) {
  std::vector<std::string> command{"/proc/self/exe", "isolate"};
  if (!common.config_file.empty()) command.insert(command.end(), {"--config", common.config_file});
  if (!common.environment.empty()) command.insert(command.end(), {"--environment", common.environment});
  if (o.fault_injection) command.push_back("--fault-injection");
  if (!o.crash_on.empty()) command.insert(command.end(), {"--crash-on", o.crash_on});
  return command;
}

void serve(const serve_options& o, const common_options& common, config::settings s) {
  monitoring::set_log_level(s.monitoring.log_level);
  stop_signals signals;  // before any other thread, so that all inherit the signal mask
  auto grace = s.shutdown_grace;
  auto settings = s;
  service::service node{std::move(s)};
  monitoring::set_log_context({{"node", node.shared().name}});
  monitoring::log(level::info, "serving",
                  {{"version", MILLRACE_VERSION},
                   {"monitoring_port", static_cast<int>(node.monitoring_port())},
                   {"api_port", static_cast<int>(node.api_port())}});
  open_crash_record(node.shared());
  node.shared().isolation_command = isolation_command(o, common);
  node.join(0ms);  // early, to notice if the first connection fails: the database may just be restarting
  if (!wait_for_schema(settings, signals, node.shared().health, node.shared().limits)) return;
  if (!count_dead_processes(node.shared(), signals)) return;
  while (!node.join(1s))
    if (signals.wait_for(0s)) return;
  {
    std::optional<service::actor_killer> killer;
    if (o.kill_actor_ms > 0) killer.emplace(node.shared(), std::chrono::milliseconds{o.kill_actor_ms}, o.seed);
    run(node, signals);
  }
  monitoring::log(level::info, "draining", {{"grace_ms", static_cast<std::int64_t>(grace.count())}});
  bool clean = node.drain(grace);
  monitoring::log(clean ? level::info : level::warn,
                  clean ? "drained" : "shutdown_grace exceeded; unfinished deliveries return to the broker");
  signals.exit_if_stuck(30s);  // CAF 0.17 can deadlock joining detached threads (its issue 1196)
}

void define_serve(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<serve_options>();
  c.add_flag("--fault-injection", o->fault_injection,
             "enable the fault injection options below and the task type test.record; for tests only");
  c.add_option("--kill-actor-every", o->kill_actor_ms,
               "kill a random actor every N milliseconds (requires --fault-injection)");
  c.add_option("--seed", o->seed, "seed of the random choice (requires --fault-injection)");
  c.add_option("--crash-at", o->crash_at,
               "kill the process when it reaches POINT, or POINT:N for the Nth time (requires --fault-injection): " +
                   names_of(faults::crash_points));
  c.add_option("--stop-at", o->stop_at,
               "stop the process with SIGSTOP there instead, so that its state can be read before it is killed (requires "
               "--fault-injection)");
  c.add_option("--crash-on", o->crash_on,
               "crash in the handler of every task whose payload contains this text (requires --fault-injection)");
  c.add_option("--redeliver", o->redeliver_percent,
               "requeue this percentage of finished deliveries, so that they are redelivered (requires --fault-injection)")
      ->check(CLI::Range(0.0, 50.0));
  c.add_option("--break", o->defect,
               "plant a defect, for tests of `verify` (requires --fault-injection): " + names_of(faults::defects));
  c.callback([o, &common] {
    arm_faults(*o);
    serve(*o, common, common.load().values);
  });
}

const command serve_command{
    help_section::node, "serve",
    "Run a node: consume queues and execute tasks until SIGTERM or SIGINT (a second one exits immediately)", define_serve};

}  // namespace

}  // namespace millrace::cli
