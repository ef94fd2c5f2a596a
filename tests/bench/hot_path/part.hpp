#pragma once

#include <cstddef>

namespace millrace::bench {

/// One step of a task's way through the program, without I/O, that can be repeated with the same tasks. Each `run` does the
/// same work; what it needs is made in the constructor, so that only the step itself is measured.
class part {
 public:
  part() = default;
  virtual ~part() = default;
  part(const part&) = delete;
  part& operator=(const part&) = delete;

  /// Throws std::exception if the step did not do what it is measured for.
  virtual void run() = 0;
  /// How many tasks a run takes through the step.
  virtual std::size_t tasks() const = 0;
};

}  // namespace millrace::bench
