#pragma once

#include "runtime/task/task.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace millrace {

/// A task that is to be done because another one succeeded. It is published if, and only if, the outcome that carries it is
/// committed. Tenant, correlation id and trace context are those of the task that asks for it.
struct follow_up {
  std::string type;
  std::string payload;  ///< one JSON or msgpack value, as `content` says
  content_type content = content_type::json;
  /// Task id. Empty: derived from the asking task's id and the place in the list, so that a repeated execution that asks for
  /// the same things asks for the same tasks, which count once.
  std::string id = {};
  std::string queue = {};                    ///< empty: by its type, through the exchange `millrace`
  std::chrono::milliseconds delay{0};        ///< published after this, from the commit of the outcome on; up to 100 years
  std::optional<wall_time> not_before = {};  ///< or not before then; the later of both holds
};

inline constexpr std::size_t max_follow_ups = 100;                     ///< of one outcome
inline constexpr std::size_t max_follow_up_bytes = 1024 * 1024;        ///< payloads of one outcome's follow-ups in all
inline constexpr std::chrono::hours max_follow_up_delay{24 * 36'525};  ///< 100 years

/// What is wrong with an outcome's follow-ups ("follow-up 2: …"), or nothing. Checks what the queue would refuse later.
std::optional<std::string> check_follow_ups(std::span<const follow_up> wanted);

}  // namespace millrace
