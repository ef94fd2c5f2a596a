#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::smtp {

/// One header field without the final CRLF, folded at spaces to lines of 78 characters where the words allow it. `value`
/// must be printable ASCII or already folded.
std::string header_line(std::string_view name, std::string_view value);

/// A header of free text: unchanged if it is ASCII of ordinary words, otherwise in encoded-words. `value` must be clean.
std::string text_header_line(std::string_view name, std::string_view value);

/// A header of addresses, one per line. The addresses must be valid.
std::string address_header_line(std::string_view name, const std::vector<std::string>& addresses);

/// RFC 5322 date and time, in UTC.
std::string mail_date(std::chrono::system_clock::time_point when);

/// Content-Disposition of an attachment: the name as plain ASCII, otherwise encoded (RFC 2231).
std::string attachment_disposition(std::string_view filename);

}  // namespace millrace::smtp
