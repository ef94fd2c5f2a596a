#pragma once

#include "runtime/task/task.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace millrace {

/// A task that follows the success of another one. It is published if, and only if, the outcome that contains it is
/// committed. Inherits tenant, correlation id and trace context from the requesting task.
struct follow_up {
  std::string type;
  std::string payload;  ///< one JSON or msgpack value, depending on `content`
  content_type content = content_type::json;
  /// Task id. If empty, it is derived from the requesting task's id and the index in the list, so that a repeated execution
  /// with the same follow-ups creates the same tasks, which are deduplicated.
  std::string id = {};
  std::string queue = {};                    ///< empty: routed by type through the exchange `millrace`
  std::chrono::milliseconds delay{0};        ///< published this long after the commit of the outcome; up to 100 years
  std::optional<wall_time> not_before = {};  ///< published not before this time; the later of both applies
};

inline constexpr std::size_t max_follow_ups = 100;                     ///< per outcome
inline constexpr std::size_t max_follow_up_bytes = 1024 * 1024;        ///< total payload size of one outcome's follow-ups
inline constexpr std::chrono::hours max_follow_up_delay{24 * 36'525};  ///< 100 years

/// Validates an outcome's follow-ups: returns an error ("follow-up 2: …") for what the queue would reject later, or nullopt.
std::optional<std::string> check_follow_ups(std::span<const follow_up> wanted);

}  // namespace millrace
