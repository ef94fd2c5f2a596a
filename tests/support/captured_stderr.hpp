#pragma once

#include <string>

/// Standard error goes to a file while this lives.
class captured_stderr {
 public:
  captured_stderr();
  ~captured_stderr();
  /// What was written so far.
  std::string text() const;

 private:
  int file_;
  int original_;
};
