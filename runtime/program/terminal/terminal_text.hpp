#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

/// What a stranger sent, fit for a terminal: bytes that are no UTF-8, control characters and what turns the direction of
/// writing become \xNN. Cut after `max_bytes` of the original, with a note of how many are missing.
std::string terminal_text(std::string_view bytes, std::size_t max_bytes, bool keep_lines);

}  // namespace millrace
