#pragma once

#include "monitoring/http_server/server.hpp"

#include <string>

namespace millrace::monitoring {

/// Reads a server's certificate chain and key. Throws std::runtime_error with the name of the file that is unreadable or not
/// PEM, or with both names if the key does not match. Two empty names mean clear text.
tls_identity read_tls_identity(const std::string& certificate_file, const std::string& key_file);

}  // namespace millrace::monitoring
