#pragma once

#include "connectors/smtp/client.hpp"

#include <tl/expected.hpp>

#include <string>

namespace millrace::smtp {

/// Greets the mail server, logs in where `options` say so, and leaves (EHLO, NOOP, QUIT); sends nothing. Blocks up to the
/// options' timeout. The error is for people.
tl::expected<void, std::string> probe(const client_options& options);

}  // namespace millrace::smtp
