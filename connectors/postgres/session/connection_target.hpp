#pragma once

#include "connectors/postgres/session/failure.hpp"
#include "connectors/postgres/session/session.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::postgres {

/// Connection parameters of a session: the options' URL, parsed by libpq and completed.
struct connection_target {
  std::string conninfo;  ///< for libpq; holds the password
  std::string where;     ///< "db.example:5432, database millrace, user millrace", for messages
  std::string password;  ///< to keep it out of messages
  std::size_t hosts = 1;

  /// The text without the password, which a library may have included, cut to a bounded length.
  std::string redacted(std::string_view text) const;
};

/// Parses the URL and adds defaults for timeouts, keepalives and application name; values in the URL take precedence. Fails
/// with `stop` if libpq cannot parse the text; the message does not contain the text.
tl::expected<connection_target, failure> read_target(const session_options& options);

}  // namespace millrace::postgres
