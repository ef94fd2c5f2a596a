#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::postgres {

/// True if PostgreSQL can hold the bytes as text: strict UTF-8 (no surrogates, no overlong forms) without NUL.
bool storable(std::string_view bytes) noexcept;

/// The bytes as text that PostgreSQL can hold: NUL is dropped, whatever is no UTF-8 becomes U+FFFD. One bad byte from
/// outside must not fail the batch it is in.
std::string storable_text(std::string_view bytes);

/// No error text is stored beyond this.
inline constexpr std::size_t max_error_bytes = 8'192;

/// The longest prefix of at most `max_bytes` that does not cut a character.
std::string_view shortened(std::string_view text, std::size_t max_bytes) noexcept;

}  // namespace millrace::postgres
