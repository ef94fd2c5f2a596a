#pragma once

#include "connectors/smtp/relay_connection.hpp"

#include <string>
#include <vector>

namespace millrace::smtp {

/// Who a mail is from and for, as the server is told: bare addresses.
struct envelope {
  std::string sender;
  std::vector<std::string> recipients;  ///< at least one
};

/// Hands one mail over (RFC 5321, 3.3), the commands in one go where the server can take that (RFC 2920): two round trips
/// rather than three and one for each recipient. `content` is dot-stuffed and ends with CRLF. Succeeds if the server has
/// taken it for all recipients; after a failure the connection is not to be used again.
tl::expected<receipt, failure> transact(relay_connection& relay, const envelope& e, std::string content);

}  // namespace millrace::smtp
