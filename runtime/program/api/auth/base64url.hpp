#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::api {

/// Decodes base64url without padding (RFC 4648 section 5, RFC 7515 section 2); nothing if `text` is invalid. Strict, so that
/// each byte sequence has exactly one encoding: no '=', no whitespace, no non-zero trailing bits. Empty text decodes to zero
/// bytes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace millrace::api
