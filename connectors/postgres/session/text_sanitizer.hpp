#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::postgres {

/// True if PostgreSQL can store the bytes as text: strict UTF-8 (no surrogates, no overlong forms) without NUL.
bool storable(std::string_view bytes) noexcept;

/// The bytes as text that PostgreSQL can store: NUL is dropped, invalid UTF-8 becomes U+FFFD. One bad byte in untrusted
/// input must not fail its batch.
std::string storable_text(std::string_view bytes);

/// Longest stored error text.
inline constexpr std::size_t max_error_bytes = 8'192;

/// The longest prefix of at most `max_bytes` that does not split a character.
std::string_view shortened(std::string_view text, std::size_t max_bytes) noexcept;

}  // namespace millrace::postgres
