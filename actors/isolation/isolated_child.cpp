#include "actors/isolation/isolated_child.hpp"

#include "actors/isolation/isolation_frame.hpp"
#include "runtime/crash/crash_report.hpp"

#include <csignal>
#include <filesystem>
#include <sys/wait.h>

namespace millrace::actors {
namespace {

void remove_file(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) return "by " + crash::describe_signal(WTERMSIG(status));
  return "by exiting with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

isolated_child::isolated_child(const node_context& shared, process::child_events events)
    : record_(crash::new_crash_record_path(shared.settings.state_dir, shared.name + "-isolated")) {
  auto command = shared.isolation_command;
  command.insert(command.end(), {"--record", record_});
  process_ = std::make_unique<process::child>(command, std::move(events));
}

isolated_child::~isolated_child() {
  process_.reset();
  if (!ended_) remove_file(record_);
}

void isolated_child::set_ready() {
  ready_ = true;
  last_event_ = clock::now();
}

void isolated_child::set_settled() {
  busy_ = false;
  ++served_;
  last_event_ = clock::now();
}

void isolated_child::send(const std::string& queue, const amqp::delivery& d) {
  busy_ = true;
  process_->send(isolation::encode(queue, d));
}

void isolated_child::kill_if_overdue(const task& t, std::chrono::milliseconds limit) {
  auto report = crash::read_crash_record(record_);
  auto* entry = report ? report->find(t.tenant, t.id) : nullptr;
  if (!entry || entry->age < limit) return;
  killed_for_time_ = true;
  process_->kill();
}

void isolated_child::close() { process_->close(); }

isolated_child::end isolated_child::classify(int status, const task& t) {
  ended_ = true;
  auto report = crash::read_crash_record(record_);
  bool executing = report && report->names(t.tenant, t.id);
  bool by_itself = WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM;
  return {busy_ && (executing || by_itself),
          killed_for_time_ ? "by exceeding its time-out by more than a minute" : describe_end(status)};
}

}  // namespace millrace::actors
