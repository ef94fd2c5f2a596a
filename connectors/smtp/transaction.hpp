#pragma once

#include "connectors/smtp/relay_connection.hpp"

#include <string>
#include <vector>

namespace millrace::smtp {

/// SMTP envelope: bare addresses of sender and recipients.
struct envelope {
  std::string sender;
  std::vector<std::string> recipients;  ///< at least one
};

/// Submits one mail (RFC 5321, 3.3), with pipelined commands if the server supports it (RFC 2920): two round trips instead
/// of three plus one per recipient. `content` is dot-stuffed and ends with CRLF. Succeeds if the server has accepted it for
/// all recipients. After a failure the connection must not be used again.
tl::expected<receipt, failure> transact(relay_connection& relay, const envelope& e, std::string content);

}  // namespace millrace::smtp
