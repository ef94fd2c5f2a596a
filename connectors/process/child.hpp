#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// Child processes that are talked to over their standard input and output. See README.md for the guarantees.
namespace millrace::process {

/// Called on the child's own thread, never after its object was destroyed.
struct child_events {
  std::function<void(std::string message)> said;  ///< one frame of its standard output
  std::function<void(int status)> ended;          ///< once, last; the status of waitpid
};

class child {
 public:
  /// Runs `command` (the first is the path of the program) with this process's environment and standard error.
  /// Throws std::system_error if it cannot be started.
  child(const std::vector<std::string>& command, child_events tell);
  /// Kills it if it still runs, and returns once it is gone.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Writes one frame to its standard input; kept until it is read. From any thread.
  void send(std::string_view message);
  /// Ends its standard input, after what was sent. From any thread.
  void close();
  void kill();
  pid_t pid() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::process
