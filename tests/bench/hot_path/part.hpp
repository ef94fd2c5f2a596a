#pragma once

#include <cstddef>

namespace millrace::bench {

/// One processing step of tasks, without I/O, that can be repeated with the same tasks. Each `run` does the same work. The
/// constructor creates the input, so that only the step itself is measured.
class part {
 public:
  part() = default;
  virtual ~part() = default;
  part(const part&) = delete;
  part& operator=(const part&) = delete;

  /// Throws std::exception if the step gave a wrong result.
  virtual void run() = 0;
  /// The number of tasks in each run.
  virtual std::size_t tasks() const = 0;
};

}  // namespace millrace::bench
