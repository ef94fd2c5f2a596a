#pragma once

#include "connectors/smtp/client.hpp"

#include <chrono>
#include <string>

namespace millrace::smtp {

/// A checked message as it is sent (RFC 5322, RFC 2045 to 2047): headers, then text and html as alternatives, then the
/// attachments. ASCII; every line ends with CRLF, the last one too. Bcc is not in it. Throws std::runtime_error if there are
/// no random bytes for what separates the parts.
std::string mime_message(const message& m, const std::string& from, std::chrono::system_clock::time_point now);

}  // namespace millrace::smtp
