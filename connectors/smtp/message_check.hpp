#pragma once

#include "connectors/smtp/client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::smtp {

/// Why a message can never be sent, or nothing: addresses, control characters in whatever becomes a header, no text, a
/// reserved header, too large. `from` is the sender that applies.
std::optional<std::string> check_message(const message& m, const std::string& from, std::uint64_t max_bytes);

/// What counts against the size limit: subject, texts, and attachments as base64 with its line ends.
std::uint64_t counted_bytes(const message& m);

}  // namespace millrace::smtp
