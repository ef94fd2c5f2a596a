#pragma once

#include "runtime/task/task.hpp"

#include <string>

namespace millrace::cli {

/// A point in time as operators write it: RFC 3339 with an offset, or an age with a unit, e.g. 90s, 30m, 2h, 7d, 2w. Throws
/// `failure` (2) that names the option.
wall_time parse_time_argument(const std::string& option, const std::string& text, wall_time now);

}  // namespace millrace::cli
