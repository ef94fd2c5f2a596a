#pragma once

#include "config/problem.hpp"
#include "config/settings.hpp"

#include <functional>
#include <string>

namespace millrace::config {

/// Receives each finding: its severity, the option to change and the message that completes a sentence about it.
using finding = std::function<void(severity, const std::string& option, const std::string& message)>;

/// Checks options against each other and against the environment.
void check(const settings& s, const finding& report);

}  // namespace millrace::config
