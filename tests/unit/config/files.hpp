#pragma once

#include "config/loader.hpp"

#include <string>

/// A folder of this test's own, removed at its end.
class scratch_folder {
 public:
  scratch_folder();
  ~scratch_folder();
  /// Writes a file there; its path.
  std::string write(const std::string& name, const std::string& content) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Loads `yaml` from a file; every problem as text, without the file's name, one a line. Empty: no error.
std::string errors_of(const std::string& yaml, const millrace::config::variables& environment = {});
/// Loads `yaml`, which must be right.
millrace::config::loaded loaded_from(const std::string& yaml, const millrace::config::variables& environment = {});
/// The same for warnings.
std::string warnings_of(const std::string& yaml, const millrace::config::variables& environment = {});
