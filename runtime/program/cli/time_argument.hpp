#pragma once

#include "runtime/task/task.hpp"

#include <string>

namespace millrace::cli {

/// Parses a time argument: RFC 3339 with an offset, or an age before `now` in s, m, h, d or w, e.g. 90s or 2h. Throws
/// `failure` (2) that names `option`.
wall_time parse_time_argument(const std::string& option, const std::string& text, wall_time now);

}  // namespace millrace::cli
