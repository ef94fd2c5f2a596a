#pragma once

#include <string>
#include <string_view>

/// CSV according to RFC 4180: commas, CRLF, and quotes where needed.
namespace millrace::csv {

/// Appends a field. A text field that a spreadsheet would interpret as a formula (it starts with = + - @ TAB or CR) is
/// prefixed with an apostrophe. Pass `guard` false for numeric columns, whose minus sign is not a formula.
void append_field(std::string& line, std::string_view value, bool guard);

}  // namespace millrace::csv
