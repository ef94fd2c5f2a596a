#pragma once

#include "connectors/smtp/client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::smtp {

/// Returns why a message can never be sent, or nothing: invalid addresses, control characters in header fields, no text, a
/// reserved header, or too large. `from` is the effective sender.
std::optional<std::string> check_message(const message& m, const std::string& from, std::uint64_t max_bytes);

/// Size for the size limit: subject, texts, and attachments as base64 with line ends.
std::uint64_t counted_bytes(const message& m);

}  // namespace millrace::smtp
