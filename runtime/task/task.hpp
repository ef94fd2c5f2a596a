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

/// One task as a handler sees it. Read-only after decoding; copies share the payload's bytes.
struct task {
  uuid id;                         ///< unique within the tenant; effects happen once per (tenant, id)
  std::string original_id;         ///< the producer's id if it was not a UUID and `id` was derived from it, else empty
  std::string tenant = "default";  ///< 1 to 64 characters of [A-Za-z0-9._-]
  std::string type;                ///< e.g. "notification.email"
  std::string queue;               ///< the queue that delivered it
  content_type content = content_type::json;
  shared_bytes payload;  ///< as sent by the producer; well-formed and within the limits once decoded
  /// Number of this publication of the task, from 0. Incremented by every retry, snooze and replay. A delivery is executed
  /// only if it is the generation that the task's row expects, so a stale copy never runs again.
  std::uint32_t generation = 0;
  std::uint32_t attempt = 1;       ///< number of this execution by a handler; snoozes do not count
  std::uint32_t max_attempts = 0;  ///< set by the producer; 0: the type's own
  std::string correlation_id;
  std::string traceparent;  ///< W3C Trace Context, as received
  std::string reply_to;     ///< queue for the result, or empty
  std::optional<std::uint8_t> priority;
  std::optional<wall_time> published_at;  ///< the AMQP timestamp
  std::optional<wall_time> not_before;
  std::optional<wall_time> expires_at;
  wall_time received_at;
};

/// The key of deduplication.
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
