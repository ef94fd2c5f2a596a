#pragma once

#include <string>
#include <string_view>

namespace millrace::smtp {

/// True for valid UTF-8 without control characters (C0, DEL, C1) and line or paragraph separators, which is allowed in an
/// encoded header.
bool is_clean_text(std::string_view text);

/// True if every byte is a space or a visible ASCII character.
bool is_printable_ascii(std::string_view text);

/// RFC 2047 encoded-words (UTF-8, base64) of at most 75 ASCII characters each, split between characters and folded.
/// `text` must be clean.
std::string encode_words(std::string_view text);

}  // namespace millrace::smtp
