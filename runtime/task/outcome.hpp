#pragma once

#include "runtime/task/follow_up.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millrace {

/// Why a task can never succeed; the `dead_reason` of its dead letter. The names are stable: operators filter by them.
enum class dead_reason {
  malformed_payload,     ///< the body is not well-formed JSON or msgpack, or exceeds a limit of depth, length or count
  invalid_payload,       ///< well-formed, but a field is missing, of a wrong type or out of range
  malformed_properties,  ///< AMQP properties or headers are invalid or exceed a limit
  unsupported_content_type,
  unknown_type,    ///< this node has no handler for the task type
  missing_id,      ///< a task of a type that transfers money has no message_id
  id_too_long,     ///< message_id over 128 bytes
  id_conflict,     ///< the id was used before with another payload or type
  body_too_large,  ///< exceeds amqp.max_body_bytes; the body is in the parking queue
  attempts_exhausted,
  invalid_follow_up,  ///< the handler requested follow-up tasks that are invalid, or too many
  rejected,           ///< the handler or the remote side rejected it permanently (SMTP 5xx, HTTP 410)
  dead_lettered,      ///< sent to the dead-letter queue by the broker or by a producer
  poison,             ///< its row fails the transaction, or it crashes the process
};

inline constexpr auto last_dead_reason = dead_reason::poison;

/// The stable snake_case name, e.g. "malformed_payload".
const char* to_string(dead_reason reason) noexcept;

/// Completed. `result` is JSON text to keep with the task (`task show`, `reply_to`), or empty. `then` contains up to 100
/// follow-up tasks; if one of them is invalid, the task ends as `dead` (invalid_follow_up), and a transactional one is
/// rolled back.
struct succeeded {
  std::string result;
  std::vector<follow_up> then = {};
};
/// Failed: try again after `after`, or after the type's back-off. Counts as an attempt.
struct retry {
  std::optional<std::chrono::milliseconds> after;
  std::string error;
};
/// Not ready: try again after `after`. Does not count as an attempt.
struct snooze {
  std::chrono::milliseconds after;
};
/// Failed permanently: a dead letter, until an operator replays it.
struct dead {
  dead_reason reason = dead_reason::rejected;
  std::string error;
};
/// Cancelled by the handler or on request. Terminal, and not a dead letter.
struct cancelled {
  std::string why;
};

/// How an execution ended. An exception that escapes a handler is a `retry`.
using outcome = std::variant<succeeded, retry, snooze, dead, cancelled>;

}  // namespace millrace
