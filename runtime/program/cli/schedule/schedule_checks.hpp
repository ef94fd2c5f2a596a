#pragma once

#include "config/loader.hpp"

#include <vector>

namespace millrace::cli {

/// Finds problems in the configured schedules: cron lines, time zones and payloads, which `config` cannot parse itself.
std::vector<config::problem> check_schedules(const config::loaded& loaded);

}  // namespace millrace::cli
