#pragma once

#include "config/problem.hpp"
#include "config/settings.hpp"

#include <functional>
#include <string>

namespace millrace::config {

/// Told of each finding: how bad, the option to change, and what is wrong with it.
using finding = std::function<void(severity, const std::string& option, const std::string& message)>;

/// What no option can check alone: options against each other and against the environment.
void check(const settings& s, const finding& report);

}  // namespace millrace::config
