#pragma once

#include "runtime/payload/payload.hpp"
#include "runtime/task/task.hpp"

namespace millrace {

/// The payload of a task as a document; fails as `parse_payload` of its bytes does.
inline tl::expected<nlohmann::json, std::string> parse_payload(const task& t, const payload_limits& limits = {}) {
  return parse_payload(t.content, t.payload.view(), limits);
}

}  // namespace millrace
