#pragma once

#include <string>
#include <string_view>

/// CSV as RFC 4180 has it: commas, CRLF, and quotes where a field needs them.
namespace millrace::csv {

/// Appends a field. A text field that a spreadsheet would take for a formula (it starts with = + - @ TAB or CR) gets a
/// leading apostrophe; pass `guard` false for columns that hold numbers, where a leading minus is just that.
void append_field(std::string& line, std::string_view value, bool guard);

}  // namespace millrace::csv
