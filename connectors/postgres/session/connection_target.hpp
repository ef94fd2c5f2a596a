#pragma once

#include "connectors/postgres/session/failure.hpp"
#include "connectors/postgres/session/session.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::postgres {

/// Where a session connects to: the options' URL, read by libpq and completed.
struct connection_target {
  std::string conninfo;  ///< for libpq; holds the password
  std::string where;     ///< "db.example:5432, database millrace, user millrace": for people
  std::string password;  ///< to keep it out of messages
  std::size_t hosts = 1;

  /// The text without the password, should a library have put it there, and of bounded length.
  std::string redacted(std::string_view text) const;
};

/// Reads the URL and adds what it leaves open: time-outs, keepalives, application name. What the URL states is kept.
/// Fails with `stop` for a text that libpq cannot read; the message does not repeat the text.
tl::expected<connection_target, failure> read_target(const session_options& options);

}  // namespace millrace::postgres
