#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::api {

/// Reads base64url without padding (RFC 4648 section 5, RFC 7515 section 2). Strict, so that bytes have one spelling only:
/// no '=', no blanks or line breaks, no stray bits. Nothing if it is not that. The empty text is no bytes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace millrace::api
