#pragma once

#include "config/loader.hpp"

#include <string>

namespace millrace::config {

enum class format { yaml, json };

/// The settings in effect with their origins; secrets show as ********. YAML has the origin as a comment, JSON is an object
/// of `{"amqp.heartbeat": {"value": "10s", "from": "default"}}`.
std::string print(const loaded& effective, format as = format::yaml);

/// docs/configuration.md, generated from the option table.
std::string configuration_markdown();

}  // namespace millrace::config
