#pragma once

#include "config/interpolation.hpp"
#include "config/problem.hpp"
#include "config/settings.hpp"

#include <tl/expected.hpp>

#include <map>
#include <string>
#include <vector>

/// From a file and the environment to checked settings. Pure but for reading the named files; no threads, no global state.
namespace millrace::config {

/// Where settings come from; what stands later here wins.
struct sources {
  std::string file = {};              ///< YAML; empty: none
  variables environment = {};         ///< process_environment(), or a test's own
  std::string environment_name = {};  ///< `--environment`; empty: not given
};

/// What set an option.
struct origin {
  std::string source;  ///< the file's name, `environment variable MILLRACE_NODE` or `command line`
  int line = 0;        ///< 0: not in a file
};

struct loaded {
  settings values;
  std::map<std::string, origin> origins;  ///< by option name; an option that is not here has its default
  std::vector<problem> warnings;          ///< sorted
};

/// Defaults, then the file, then environment variables, then the name of the environment. Either settings that passed every
/// check, or everything that is wrong (warnings too), sorted by line.
tl::expected<loaded, std::vector<problem>> load(const sources& from);

/// The variables of this process.
variables process_environment();

}  // namespace millrace::config
