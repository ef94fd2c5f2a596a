#pragma once

#include "runtime/task/follow_up.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millrace {

/// Why a task can never succeed; the `reason` of its dead letter. The names are stable: operators filter by them.
enum class dead_reason {
  malformed_payload,     ///< body is not well-formed JSON or msgpack, or breaks a limit of depth, length or count
  invalid_payload,       ///< well-formed, but a field is missing, of a wrong type or out of range
  malformed_properties,  ///< AMQP properties or headers that cannot be read, or break a limit
  unsupported_content_type,
  unknown_type,    ///< no handler on this node knows the task type
  missing_id,      ///< a type that moves money came without message_id
  id_too_long,     ///< message_id over 128 bytes
  id_conflict,     ///< the id was used before, with another payload or type
  body_too_large,  ///< over amqp.max_body_bytes; the body waits in the parking queue
  attempts_exhausted,
  invalid_follow_up,  ///< the handler asked for follow-up tasks that nobody could execute, or for too many
  rejected,           ///< the handler or the remote side refused for good (SMTP 5xx, HTTP 410)
  dead_lettered,      ///< handed to the dead-letter queue by the broker or by a producer
  poison,             ///< its row breaks the transaction it is in
};

inline constexpr auto last_dead_reason = dead_reason::poison;

/// The stable snake_case name, e.g. "malformed_payload".
const char* to_string(dead_reason reason) noexcept;

/// Done. `result` is JSON text to keep with the task (`task show`, `reply_to`), or empty for none. `then` are the tasks that
/// follow, up to 100; where one of them is not valid the task ends as `dead` (invalid_follow_up), and a transactional one
/// is rolled back.
struct succeeded {
  std::string result;
  std::vector<follow_up> then = {};
};
/// Not now: try again after `after`, or after the type's back-off. Counts as an attempt.
struct retry {
  std::optional<std::chrono::milliseconds> after;
  std::string error;
};
/// Not yet: come back after `after`. Does not count as an attempt.
struct snooze {
  std::chrono::milliseconds after;
};
/// Never: a dead letter, until an operator replays it.
struct dead {
  dead_reason reason = dead_reason::rejected;
  std::string error;
};
/// Called off, by the handler or by whoever asked for it; terminal, and no dead letter.
struct cancelled {
  std::string why;
};

/// How an execution ended. Closed: anything else does not compile. An exception that escapes a handler is a `retry`.
using outcome = std::variant<succeeded, retry, snooze, dead, cancelled>;

}  // namespace millrace
