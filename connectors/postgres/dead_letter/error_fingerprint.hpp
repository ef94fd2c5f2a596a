#pragma once

#include <string>
#include <string_view>

/// What tells one failure from another where thousands of tasks failed. Pure functions.
namespace millrace::postgres {

/// The error without what differs from task to task: quoted texts become `?`, addresses (URLs, mail, host names) `@`, words
/// with a digit in them and long hexadecimal ones `#`; in lower case, with single spaces.
std::string normalised_error(std::string_view error);

/// 16 hexadecimal digits over the reason and the normalised error; the same for ever, as rows keep it. Not made to withstand
/// anyone who wants two errors to look alike.
std::string error_fingerprint(std::string_view reason, std::string_view error);

}  // namespace millrace::postgres
