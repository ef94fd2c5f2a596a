#pragma once

#include "connectors/smtp/client.hpp"

#include <chrono>
#include <string>

namespace millrace::smtp {

/// A checked message in its wire format (RFC 5322, RFC 2045 to 2047): headers, then text and html as alternatives, then the
/// attachments. ASCII; every line ends with CRLF. Bcc is not included. Throws std::runtime_error if there are no random
/// bytes for the boundary.
std::string mime_message(const message& m, const std::string& from, std::chrono::system_clock::time_point now);

}  // namespace millrace::smtp
