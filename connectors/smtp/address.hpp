#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::smtp {

/// A parsed mail address.
struct mailbox {
  std::string name;     ///< display name, UTF-8, without quotes; may be empty
  std::string address;  ///< bare, e.g. a@example.org
};

/// Parses `a@example.org` or `Name <a@example.org>`. The address is RFC 5321's mailbox in ASCII, without quoted local parts
/// and address literals, with at most 64 bytes before the @ and 254 in total. The name is UTF-8 of at most 256 bytes without
/// control characters and angle brackets, quoted or not. Nothing for other input.
std::optional<mailbox> parse_address(std::string_view text);

/// The part after the @ of a bare address.
std::string_view domain_of(std::string_view bare);

/// The address as header text: ASCII only, the name quoted or encoded (RFC 2047) if necessary.
std::string to_header(const mailbox& m);

}  // namespace millrace::smtp
