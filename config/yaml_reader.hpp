#pragma once

#include "config/options.hpp"
#include "config/problem.hpp"

#include <string>
#include <vector>

namespace millrace::config {

/// An option as it stands in a YAML text, its values not yet interpolated or converted.
struct entry {
  const option* target;
  std::string key;  ///< the task type, for options of one
  std::vector<std::string> values;
  bool list = false;
  int line = 0;
};

struct yaml_content {
  std::vector<entry> entries;
  std::vector<problem> problems;
};

/// The known options of a YAML text; everything else in it (syntax errors, unknown and duplicate keys, values of the
/// wrong shape) is a problem. `source` is the file's name, for the problems.
yaml_content read_yaml(const std::string& text, const std::string& source);

}  // namespace millrace::config
