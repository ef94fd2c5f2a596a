#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace millrace::smtp {

/// A parsed mail address.
struct mailbox {
  std::string name;     ///< display name, UTF-8, without quotes; may be empty
  std::string address;  ///< bare, e.g. a@example.org
};

/// Parses exactly one address, `a@example.org` or `Name <a@example.org>`. Everything in the text becomes part of the name or
/// of the address, or is refused, so no recipient can be dropped. Lists, groups and comments are not supported.
/// The address is RFC 5321's mailbox in ASCII, without address literals, with at most 64 bytes before the @ and 254 in
/// total; a quoted local part has no blanks and angle brackets. The name is UTF-8 of at most 256 bytes without control
/// characters and angle brackets, quoted or not; it must be quoted if it contains an @. Commas and semicolons are part of
/// the name. The error continues a sentence about the field, e.g. "is not a mail address".
tl::expected<mailbox, const char*> parse_address(std::string_view text);

/// The part after the @ of a bare address.
std::string_view domain_of(std::string_view bare);

/// The address as header text: ASCII only, the name quoted or encoded (RFC 2047) if necessary.
std::string to_header(const mailbox& m);

}  // namespace millrace::smtp
