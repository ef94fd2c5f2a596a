#pragma once

#include "config/secret.hpp"
#include "connectors/postgres/session/failure.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace millrace::postgres {

struct session_options {
  config::secret url;  ///< libpq URI; several hosts and target_session_attrs work
  std::string application_name = "millrace";
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds statement_timeout{
      10'000};  ///< of the server; a connection without an answer for 5 s more is closed; 0: no limit
  std::chrono::milliseconds lock_timeout{2'000};
  bool read_only = false;   ///< transactions are READ ONLY, REPEATABLE READ
  bool for_batches = true;  ///< statements are planned once, over indexes only; no effect if read_only
};

/// One connection to PostgreSQL, blocking, for one thread. Never reconnects silently (libpqxx's "reactivation" is
/// inhibited): a lost connection is an error, and the next `run` connects again.
class session {
 public:
  explicit session(session_options options);
  ~session();

  /// Connects if there is no live connection. The failure names host, port, database and user, never the password.
  tl::expected<void, failure> connect();
  /// Runs `work` in one transaction and commits. A failed run changes nothing, except `in_doubt`, which may have committed.
  /// Exceptions of `work` that are not database errors roll back and pass through. Work that ignored a database error cannot
  /// commit: PostgreSQL would answer COMMIT with a silent rollback, so this is reported as `isolate` (25P02).
  tl::expected<void, failure> run(const std::function<void(unit_of_work&)>& work);
  /// True if there is a connection without a known failure; does not query the server.
  bool connected() const noexcept;
  /// Waits until the server closes the connection or sends data, `wake` (a file descriptor) is readable, or `patience` has
  /// elapsed. Returns immediately without a connection.
  void wait_for_end(int wake, std::chrono::milliseconds patience) const;
  void disconnect() noexcept;

 private:
  class raw_connection;  // one live connection

  failure failed(failure why);

  session_options options_;
  std::unique_ptr<raw_connection> connection_;
};

}  // namespace millrace::postgres
