#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How many columns of a terminal a text takes. For texts that `terminal_text` has made fit for one.
namespace millrace {

/// 0 for marks that combine with what is before them, 2 for wide characters (East Asian, emoji), 1 for others: the ranges of
/// the scripts in common use, after Unicode's EastAsianWidth.txt. Bytes that are no UTF-8 count 1 each.
std::size_t text_width(std::string_view text) noexcept;

/// The text if it fits into so many columns, otherwise its start with "…" in the last of them. No character is cut, and
/// marks without width are not kept by the hundred: the result has at most 8 bytes a column.
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace millrace
