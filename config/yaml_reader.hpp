#pragma once

#include "config/options.hpp"
#include "config/problem.hpp"

#include <string>
#include <vector>

namespace millrace::config {

/// An option in a YAML text; its values are neither interpolated nor converted yet.
struct entry {
  const option* target;
  std::string key;  ///< task type or schedule, for options of one
  std::vector<std::string> values;
  bool list = false;
  int line = 0;
};

struct yaml_content {
  std::vector<entry> entries;
  std::vector<problem> problems;
};

/// Reads the options of a YAML text. Syntax errors, unknown or duplicate keys and values of the wrong shape are problems.
/// `source` is the file name for the problems.
yaml_content read_yaml(const std::string& text, const std::string& source);

}  // namespace millrace::config
