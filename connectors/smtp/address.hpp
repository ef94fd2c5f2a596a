#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::smtp {

/// A mail address taken apart.
struct mailbox {
  std::string name;     ///< display name, UTF-8, without quotes; may be empty
  std::string address;  ///< bare, e.g. a@example.org
};

/// Reads `a@example.org` or `Name <a@example.org>`. The bare part is RFC 5321's mailbox in ASCII, without quoted local parts
/// and address literals; 64 bytes before the @ and 254 in all. The name is UTF-8 of at most 256 bytes without control
/// characters and angle brackets, in quotes or not. Nothing if it is not that.
std::optional<mailbox> parse_address(std::string_view text);

/// The part after the @ of a bare address.
std::string_view domain_of(std::string_view bare);

/// As it stands in a header: ASCII only, the name quoted or encoded (RFC 2047) where it must be.
std::string to_header(const mailbox& m);

}  // namespace millrace::smtp
