#pragma once

#include <string>

/// Redirects standard error to a file for the lifetime of this object.
class captured_stderr {
 public:
  captured_stderr();
  ~captured_stderr();
  /// What has been written so far.
  std::string text() const;

 private:
  int file_;
  int original_;
};
