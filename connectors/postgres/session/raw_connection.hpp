#pragma once

#include "connectors/postgres/session/connection_target.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/postgres/session/stalled_connection_guard.hpp"

#include <memory>
#include <optional>
#include <string>

namespace millrace::postgres {

/// The failure for a database exception, or nothing for other errors (a bug, out of memory).
std::optional<failure> database_failure(const std::exception& error);

/// Keeps libpq's handle, which libpqxx hides: only the handle shows whether a transaction has failed.
class connect_and_remember : public pqxx::connect_direct {
 public:
  using pqxx::connect_direct::connect_direct;
  handle do_startconnect(handle original) override;
  handle do_disconnect(handle original) noexcept override;
  handle current() const noexcept { return current_; }

 private:
  handle current_ = nullptr;
};

/// One live connection: never reactivated, its notices logged at debug level instead of printed.
class session::raw_connection : public pqxx::connection_base {
 public:
  /// Connects and configures the session; throws pqxx exceptions.
  raw_connection(connection_target target, const session_options& options);
  ~raw_connection();

  std::unique_ptr<pqxx::dbtransaction> begin(bool read_only);
  /// True if the open transaction has failed, so that COMMIT would roll it back.
  bool transaction_failed() const noexcept;
  /// Of the open connection.
  int socket() const noexcept;
  const connection_target& target() const noexcept { return target_; }
  /// Guard that closes the connection if the server does not answer in time.
  std::unique_ptr<stalled_connection_guard> watch() const;

  std::unordered_set<std::string> prepared;  ///< names known to libpqxx on this connection

 private:
  void set_up(const session_options& options);

  connection_target target_;
  std::optional<std::chrono::milliseconds> patience_;  ///< none: no limit
  connect_and_remember policy_;
  std::unique_ptr<pqxx::errorhandler> notices_;
};

}  // namespace millrace::postgres
