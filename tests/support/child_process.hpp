#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace millrace::test {

/// A program run by a test; ended, at the latest, with this object.
class child_process {
 public:
  /// Starts it with these variables added to the environment; its output goes to `log`, or to ours if that is empty.
  child_process(const std::vector<std::string>& command, const std::map<std::string, std::string>& variables = {},
                const std::string& log = {});
  /// Kills it if it still runs.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  bool running();
  void signal(int number);
  /// Waits for its end; the exit code, or minus the signal that ended it.
  int wait();
  /// Peak resident memory so far, in bytes (VmHWM); 0 once it has ended.
  std::size_t peak_memory() const;

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

/// The whole text of a file; empty if there is none.
std::string file_text(const std::string& path);
/// Fetches a URL on loopback; the status code and the body, status 0 if nobody answers.
std::pair<long, std::string> http_get(const std::string& url);
/// A TCP port on loopback that is free now.
int free_port();

}  // namespace millrace::test
