#pragma once

#include "actors/node/node_context.hpp"
#include "connectors/amqp/client.hpp"
#include "connectors/process/child.hpp"
#include "runtime/task/task.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace millrace::actors {

/// A process of this program that executes quarantined tasks, one at a time, and its crash record.
class isolated_child {
 public:
  using clock = std::chrono::steady_clock;

  /// Throws std::system_error if the process cannot be started.
  isolated_child(const node_context& shared, process::child_events events);
  /// Kills the process and removes its record, unless it has exited.
  ~isolated_child();
  isolated_child(const isolated_child&) = delete;
  isolated_child& operator=(const isolated_child&) = delete;

  /// Called when the process reports that it is ready.
  void set_ready();
  /// Called when the process has settled its task.
  void set_settled();
  void send(const std::string& queue, const amqp::delivery& d);
  bool available() const noexcept { return ready_ && !busy_; }
  bool busy() const noexcept { return busy_; }
  /// True until it settles its first task: then a crash cannot be the effect of an earlier one.
  bool fresh() const noexcept { return served_ == 0; }

  /// Time since it was started, became ready or settled a task.
  clock::duration idle_for(clock::time_point now) const { return now - last_event_; }
  bool ready() const noexcept { return ready_; }
  /// Kills it if its record shows that it has executed `t` for longer than `limit`. Waiting for a database is not execution.
  void kill_if_overdue(const task& t, std::chrono::milliseconds limit);
  void kill() { process_->kill(); }
  /// Closes its input, after which it exits. What it does until then is ignored.
  void close();

  struct end {
    bool crashed = false;  ///< while executing its task; false: it exited for another reason, and the task is not at fault
    std::string how;       ///< for example "by signal 11 (SIGSEGV)"
  };
  /// Classifies a waitpid status for the current task.
  end classify(int status, const task& t);
  const std::string& record() const noexcept { return record_; }

 private:
  std::string record_;
  std::unique_ptr<process::child> process_;
  clock::time_point last_event_ = clock::now();
  bool ready_ = false, busy_ = false, killed_for_time_ = false, ended_ = false;
  std::uint64_t served_ = 0;
};

}  // namespace millrace::actors
