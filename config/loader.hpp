#pragma once

#include "config/interpolation.hpp"
#include "config/problem.hpp"
#include "config/settings.hpp"

#include <tl/expected.hpp>

#include <map>
#include <string>
#include <vector>

/// Loads settings from a file and the environment. The only side effect is reading the named files.
namespace millrace::config {

/// Sources of settings, in ascending precedence.
struct sources {
  std::string file = {};              ///< YAML; empty: none
  variables environment = {};         ///< process_environment(), or a test value
  std::string environment_name = {};  ///< `--environment`; empty: not given
};

/// The place that sets an option.
struct origin {
  std::string source;  ///< file name, `environment variable MILLRACE_NODE` or `command line`
  int line = 0;        ///< 0: not in a file
};

struct loaded {
  settings values;
  std::map<std::string, origin> origins;  ///< by option name; absent: the default
  std::vector<problem> warnings;          ///< sorted
};

/// Applies the defaults, the file, environment variables, then `environment_name`. Returns settings that passed all checks,
/// or all errors and warnings, sorted by line.
tl::expected<loaded, std::vector<problem>> load(const sources& from);

/// The variables of this process.
variables process_environment();

}  // namespace millrace::config
