#pragma once

#include "connectors/amqp/client.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The messages between a node and its isolated process, one frame each.
namespace millrace::actors::isolation {

/// Child -> node, once: ready for a task.
inline constexpr std::string_view ready = "ready";
/// Child -> node: the task's deliveries may be acknowledged, and no code of it runs in the process any more.
inline constexpr std::string_view settled_clean = "settled";
/// The same, but code that was called for the task has not returned: the node should replace this process.
inline constexpr std::string_view settled_unclean = "settled, unclean";

/// A delivery that the node received from `queue`.
struct request {
  std::string queue;
  amqp::delivery source;
};

std::string encode(const std::string& queue, const amqp::delivery& source);
/// nullopt if the text is malformed. The delivery's views point into memory that it owns.
std::optional<request> decode_request(std::string text);

}  // namespace millrace::actors::isolation
