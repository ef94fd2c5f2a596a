#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Standard base64 (RFC 4648 section 4) with padding, on one line.
std::string to_base64(std::string_view bytes);

/// Reads what to_base64 writes. Strict, so that a value has one spelling only: no line breaks, padding required, no stray
/// bits. Nothing if it is not that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace millrace
