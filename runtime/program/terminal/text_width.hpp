#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The display width of texts on a terminal. For texts escaped by `terminal_text`.
namespace millrace::terminal {

/// The width in terminal columns: 0 for combining marks, 2 for wide characters (East Asian, emoji), 1 for others. Covers the
/// scripts in common use, after Unicode's EastAsianWidth.txt. Each byte that is not valid UTF-8 counts 1.
std::size_t text_width(std::string_view text) noexcept;

/// Truncates the text to so many columns, with "…" in the last one. Never splits a character. Limits combining marks: the
/// result has at most 8 bytes per column.
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace millrace::terminal
