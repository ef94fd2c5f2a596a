#pragma once

#include "connectors/smtp/client.hpp"

#include <tl/expected.hpp>

#include <string>

namespace millrace::smtp {

/// Connects to the mail server, logs in if `options` have credentials, and disconnects (EHLO, NOOP, QUIT) without sending
/// mail. Blocks up to the options' timeout. The error is a message.
tl::expected<void, std::string> probe(const client_options& options);

}  // namespace millrace::smtp
