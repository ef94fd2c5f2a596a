#pragma once

#include "connectors/http/client.hpp"
#include "runtime/task/outcome.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace millrace {

/// How the answer of a webhook's receiver ends the task: 2xx succeeded; 410 dead, the receiver wants no more; everything
/// else is a failed attempt, redirects too. 429 and 5xx wait as Retry-After says, the rest by the type's back-off.
outcome webhook_outcome(const http::response& answer, std::chrono::system_clock::time_point now);

/// The same for a request without an answer: dead where the URL is at fault, else retry.
outcome webhook_outcome(const http::failure& failed);

/// A Retry-After in seconds or as an HTTP date, clamped to 1 s to 24 h; nothing if it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::chrono::system_clock::time_point now);

}  // namespace millrace
