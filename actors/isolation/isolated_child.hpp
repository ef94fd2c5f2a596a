#pragma once

#include "actors/node/node_context.hpp"
#include "connectors/amqp/client.hpp"
#include "connectors/process/child.hpp"
#include "runtime/task/task.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace millrace {

/// A process of our own program that executes what may crash it, one task at a time, and the crash record that it keeps.
class isolated_child {
 public:
  using clock = std::chrono::steady_clock;

  /// Throws std::system_error if no process can be started.
  isolated_child(const node_context& shared, process::child_events tell);
  /// Kills it, and removes its record, if it has not ended.
  ~isolated_child();
  isolated_child(const isolated_child&) = delete;
  isolated_child& operator=(const isolated_child&) = delete;

  /// It has said that it is ready.
  void set_ready();
  /// It has settled what it was given.
  void set_settled();
  void give(const std::string& queue, const amqp::delivery& d);
  bool may_be_given() const noexcept { return ready_ && !given_; }
  bool given() const noexcept { return given_; }
  /// True while it has executed nothing but what it was given last: then nobody else can have broken it.
  bool fresh() const noexcept { return served_ == 0; }

  /// Since it was started, made ready or settled something, whatever was last.
  clock::duration quiet(clock::time_point now) const { return now - since_; }
  bool ready() const noexcept { return ready_; }
  /// Kills it if its record says that it has executed `t` for longer than `limit`. Waiting for a database is no execution.
  void kill_if_over(const task& t, std::chrono::milliseconds limit);
  void kill() { process_->kill(); }
  /// Lets it end by itself; what it does then is not looked at.
  void dismiss();

  struct end {
    bool crashed = false;  ///< on the task that it had; else it ended for another reason, and the task is as good as new
    std::string how;       ///< "by signal 11 (SIGSEGV)"
  };
  /// What its end, told with that status of waitpid, says about the task that it was given.
  end judge(int status, const task& t);
  const std::string& record() const noexcept { return record_; }

 private:
  std::string record_;
  std::unique_ptr<process::child> process_;
  clock::time_point since_ = clock::now();
  bool ready_ = false, given_ = false, killed_for_time_ = false, ended_ = false;
  std::uint64_t served_ = 0;
};

}  // namespace millrace
