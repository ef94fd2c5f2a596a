#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace millrace::test {

/// A program run by a test. It is killed, at the latest, with this object.
class child_process {
 public:
  /// Starts it with additional environment variables. Its output goes to `log`, or to the test's own if `log` is empty.
  child_process(const std::vector<std::string>& command, const std::map<std::string, std::string>& variables = {},
                const std::string& log = {});
  /// Kills it if it is still running.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  bool running();
  void signal(int number);
  /// Waits for its exit. Returns the exit code, or the negated signal number.
  int wait();
  /// Peak resident memory so far, in bytes (VmHWM); 0 once it has exited.
  std::size_t peak_memory() const;

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

/// The content of a file; empty if it does not exist.
std::string file_text(const std::string& path);
/// Fetches a URL on loopback. Returns the status code and the body; status 0 if there is no answer.
std::pair<long, std::string> http_get(const std::string& url);
/// A currently unused TCP port on loopback.
int free_port();

}  // namespace millrace::test
