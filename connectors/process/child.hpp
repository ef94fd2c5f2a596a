#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// Child processes that exchange messages over their standard input and output. See README.md for the guarantees.
namespace millrace::process {

/// Called on the child's own thread, never after the `child` object was destroyed.
struct child_events {
  std::function<void(std::string frame)> message;  ///< one frame of its standard output
  std::function<void(int status)> ended;           ///< once, last; the status of waitpid
};

class child {
 public:
  /// Runs `command` (the first element is the program's path) with this process's environment and standard error.
  /// Throws std::system_error if it cannot be started.
  child(const std::vector<std::string>& command, child_events events);
  /// Kills the process if it still runs, and returns when it has ended.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Writes one frame to its standard input; kept in memory until the child reads it. Thread-safe.
  void send(std::string_view message);
  /// Closes its standard input after all sent frames. Thread-safe.
  void close();
  void kill();
  pid_t pid() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::process
