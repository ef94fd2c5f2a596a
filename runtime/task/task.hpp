#pragma once

#include "runtime/payload/content_type.hpp"
#include "runtime/task/shared_bytes.hpp"
#include "runtime/task/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace millrace {

using wall_time = std::chrono::system_clock::time_point;

/// One unit of work as a handler sees it: who it is, what it asks for, and how often it was tried.
/// Read-only after decoding; copies share the payload's bytes.
struct task {
  uuid id;                         ///< unique within the tenant; effects happen once per (tenant, id)
  std::string original_id;         ///< the producer's text where it was no UUID and `id` was derived from it, else empty
  std::string tenant = "default";  ///< 1 to 64 characters of [A-Za-z0-9._-]
  std::string type;                ///< e.g. "notification.email"
  std::string queue;               ///< the queue it came by
  content_type content = content_type::json;
  shared_bytes payload;  ///< as the producer wrote it; well-formed and within the limits once decoded
  /// Which publication of this task this is, from 0; raised with every retry, snooze and replay that we publish.
  /// A delivery counts only if it is the one the task's row waits for, so a stale copy can never run again.
  std::uint32_t generation = 0;
  std::uint32_t attempt = 1;       ///< executions by a handler including this one; snoozes do not count
  std::uint32_t max_attempts = 0;  ///< wanted by the producer; 0: the type's own
  std::string correlation_id;
  std::string traceparent;  ///< W3C Trace Context, as received
  std::string reply_to;     ///< queue that wants the result, or empty
  std::optional<std::uint8_t> priority;
  std::optional<wall_time> published_at;  ///< the AMQP timestamp
  std::optional<wall_time> not_before;
  std::optional<wall_time> expires_at;
  wall_time received_at;
};

/// What counts once.
struct task_key {
  uuid id;
  std::string tenant;
  bool operator==(const task_key&) const = default;
};
struct task_key_hash {
  std::size_t operator()(const task_key& key) const noexcept {
    return std::hash<uuid>{}(key.id) ^ std::hash<std::string>{}(key.tenant);
  }
};

}  // namespace millrace
