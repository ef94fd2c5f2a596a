#pragma once

#include <string>
#include <string_view>

namespace millrace::api {

/// The 32 bytes of SHA-256 (FIPS 180-4). Throws std::runtime_error if OpenSSL fails.
std::string sha256(std::string_view bytes);

}  // namespace millrace::api
