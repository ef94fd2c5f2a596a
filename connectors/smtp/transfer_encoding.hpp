#pragma once

#include <string>
#include <string_view>

namespace millrace::smtp {

/// Text as quoted-printable (RFC 2045, 6.7): ASCII lines of at most 76 characters. Line ends of any kind become CRLF.
std::string quoted_printable(std::string_view text);

/// Bytes as base64 in lines of 76 characters (RFC 2045, 6.8), without a line end after the last.
std::string base64_lines(std::string_view bytes);

/// Doubles each dot at the start of a line, so that none ends the mail (RFC 5321, 4.5.2). Lines must end with CRLF.
std::string dot_stuffed(std::string content);

}  // namespace millrace::smtp
