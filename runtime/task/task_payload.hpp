#pragma once

#include "runtime/payload/payload.hpp"
#include "runtime/task/task.hpp"

namespace millrace {

/// Parses a task's payload. Fails like `parse_payload`.
inline tl::expected<nlohmann::json, std::string> parse_payload(const task& t, const payload_limits& limits = {}) {
  return parse_payload(t.content, t.payload.view(), limits);
}

}  // namespace millrace
