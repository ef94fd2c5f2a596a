#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::terminal {

/// Makes untrusted text safe for a terminal: invalid UTF-8, control characters and bidirectional controls become \xNN.
/// Truncates after `max_bytes` of the original and appends the number of missing bytes. `keep_lines` keeps line feeds and
/// tabs.
std::string terminal_text(std::string_view bytes, std::size_t max_bytes, bool keep_lines);

}  // namespace millrace::terminal
