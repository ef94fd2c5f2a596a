#pragma once

#include "monitoring/http_server/server.hpp"

#include <string>

namespace millrace::monitoring {

/// Reads a server's certificate chain and its key. Throws std::runtime_error that names the file that cannot be read or is
/// no PEM of such a thing, or both if they do not belong together. Two empty names are no certificate: clear text.
tls_identity read_tls_identity(const std::string& certificate_file, const std::string& key_file);

}  // namespace millrace::monitoring
