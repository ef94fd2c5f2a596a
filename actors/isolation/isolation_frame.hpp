#pragma once

#include "connectors/amqp/client.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What a node and the process that executes its quarantine say to each other, one frame each.
namespace millrace::isolation {

/// From the child, once: give me a task.
inline constexpr std::string_view ready = "ready";
/// From the child: the task's deliveries may be acknowledged, and nothing of it is left in the process.
inline constexpr std::string_view settled_clean = "settled";
/// The same, but code that was called for the task has not come back: this child should get no other one.
inline constexpr std::string_view settled_stained = "settled, stained";

/// A delivery, as it came from the broker by `queue`.
struct request {
  std::string queue;
  amqp::delivery source;
};

std::string encode(const std::string& queue, const amqp::delivery& source);
/// Nothing if the text is no request. The delivery's views point into memory that it owns.
std::optional<request> decode_request(std::string text);

}  // namespace millrace::isolation
