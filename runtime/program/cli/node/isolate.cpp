#include "actors/isolation/isolation_pipe.hpp"
#include "connectors/process/frame.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/service/service.hpp"
#include "runtime/supervision/crash_points.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace millrace::cli {
namespace {

using monitoring::level;

constexpr std::uint32_t record_slots = 64;  // one task runs at a time; the rest is for entries left behind
constexpr std::size_t max_properties_bytes = 2 * 1024 * 1024;

struct isolate_options {
  bool fault_injection = false;
  std::string record, crash_on;
};

/// Reserves standard output for frames to the node; every other write goes to standard error, like the log.
int take_standard_output() {
  int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (out < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) throw failure(failed, "isolate: standard output is not open");
  return out;
}

/// Writes one frame, small enough for a pipe to accept as a whole. Ignores a closed pipe: read_requests sees it too.
void write_answer(int out, std::string_view message) {
  auto frame = process::framed(message);
  while (::write(out, frame.data(), frame.size()) < 0 && errno == EINTR) {
  }
}

config::settings isolated(config::settings s) {
  s.node = s.node.substr(0, 80) + (s.node.empty() ? "" : "-") + "isolated-" + std::to_string(::getpid());
  s.postgres.connections = 1;
  s.report.connections = 1;
  s.amqp.consumer_timeout = std::chrono::hours{24};  // the node owns the delivery: no lease, no requeue
  return s;
}

/// Forwards requests of the node until the pipe is closed or the node is dead. Then it ends the process immediately, even if
/// a handler is running: the broker redelivers unfinished deliveries.
void read_requests(actors::node_context& shared) {
  process::frame_reader requests{shared.settings.amqp.max_body_bytes + max_properties_bytes};
  std::array<char, 64 * 1024> bytes{};
  for (;;) {
    auto n = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || !requests.feed({bytes.data(), static_cast<std::size_t>(n)})) break;
    while (auto request = requests.next())
      caf::anon_send(shared.directory.find("isolation pipe"), actors::piped{std::move(*request)});
  }
  ::unlink(shared.crashes->path().c_str());
  ::_exit(done);
}

void isolate(const isolate_options& o, config::settings s) {
  std::signal(SIGTERM, SIG_IGN);  // sent to the whole process group; the node decides when this process ends
  std::signal(SIGINT, SIG_IGN);
  int out = take_standard_output();
  monitoring::set_log_level(s.monitoring.log_level);
  service::service node{isolated(std::move(s)), [out](std::string_view answer) { write_answer(out, answer); }};
  auto& shared = node.shared();
  monitoring::set_log_context({{"node", shared.name}});
  shared.crashes = std::make_unique<crash::crash_record>(
      crash::crash_record_options{.path = o.record, .node = shared.name, .slots = record_slots, .full = nullptr});
  shared.crashes->note_fatal_signals();
  if (!node.join(std::chrono::seconds{10})) throw failure(failed, "isolate: database unavailable");
  node.start([] {
    monitoring::log(level::error, "isolated executor: supervision tree ended");
    ::_exit(failed);
  });
  read_requests(shared);
}

void define_isolate(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<isolate_options>();
  c.add_option("--record", o->record)->required();
  c.add_flag("--fault-injection", o->fault_injection);
  c.add_option("--crash-on", o->crash_on);
  c.callback([o, &common] {
    if (o->fault_injection) faults::enable();
    faults::arm_crash_on(o->crash_on);
    isolate(*o, common.load().values);
  });
}

const command isolate_command{help_section::hidden, "isolate",
                              "Execute quarantined tasks for a node (started by `serve`; not for direct use)",
                              define_isolate};

}  // namespace

}  // namespace millrace::cli
