#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

/// Length of the UTF-8 sequence that `bytes` (not empty) begins with; 0 if it is none. Overlong forms, surrogates and
/// values over U+10FFFF are no UTF-8.
std::size_t utf8_sequence(std::string_view bytes) noexcept;
/// A character in UTF-8; no surrogate, nothing over U+10FFFF.
void append_utf8(char32_t character, std::string& out);
/// How many bytes of `bytes` are UTF-8 without NUL, from the start: all of them if it is a text.
std::size_t valid_text_prefix(std::string_view bytes) noexcept;
/// UTF-8 without control characters: fit for a database column, a log line and a terminal.
bool is_printable(std::string_view bytes) noexcept;
/// The start of what a stranger sent, in quotes, for an error message: at most 64 bytes, with '?' for what is not printable.
std::string excerpt(std::string_view bytes);

}  // namespace millrace
