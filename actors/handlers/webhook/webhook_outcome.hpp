#pragma once

#include "connectors/http/client.hpp"
#include "runtime/task/outcome.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace millrace::handlers {

/// Maps the receiver's answer to the task's outcome: 2xx succeeded; 410 dead, because the receiver unsubscribed; everything
/// else, including redirects, is a failed attempt. 429 and 5xx honour Retry-After; the rest uses the type's back-off.
/// An incomplete response counts by its status; the result or error contains the reason.
outcome webhook_outcome(const http::response& answer, std::chrono::system_clock::time_point now);

/// The same for a request without an answer: dead if the URL is at fault, else retry.
outcome webhook_outcome(const http::failure& failed);

/// Parses Retry-After, in seconds or as an HTTP date, clamped to 1 s to 24 h; nullopt if it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::chrono::system_clock::time_point now);

}  // namespace millrace::handlers
