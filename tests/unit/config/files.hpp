#pragma once

#include "config/loader.hpp"

#include <string>

/// A temporary folder of a test, removed at its end.
class scratch_folder {
 public:
  scratch_folder();
  ~scratch_folder();
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& content) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Loads `yaml` from a file. Returns all problems, one per line, with `f` as the file name; empty without errors.
std::string errors_of(const std::string& yaml, const millrace::config::variables& environment = {});
/// Loads `yaml`, which must be valid.
millrace::config::loaded loaded_from(const std::string& yaml, const millrace::config::variables& environment = {});
/// The warnings, in the same format.
std::string warnings_of(const std::string& yaml, const millrace::config::variables& environment = {});
