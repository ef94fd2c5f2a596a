#pragma once

#include "connectors/postgres/session/connection_target.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/postgres/session/stalled_connection_guard.hpp"

#include <memory>
#include <optional>
#include <string>

namespace millrace::postgres {

/// The failure that a database exception stands for, or none if it is no database error (a bug, out of memory).
std::optional<failure> database_failure(const std::exception& error);

/// Remembers libpq's handle, which libpqxx hides: only it tells whether a transaction has failed.
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
  /// Connects and sets the session up; throws pqxx exceptions.
  raw_connection(connection_target target, const session_options& options);
  ~raw_connection();

  std::unique_ptr<pqxx::dbtransaction> begin(bool read_only);
  /// Whether the open transaction has seen an error, so that a COMMIT would roll it back.
  bool transaction_failed() const noexcept;
  /// Of the open connection.
  int socket() const noexcept;
  const connection_target& target() const noexcept { return target_; }
  /// While it is held, a server that does not answer in time loses the connection.
  std::unique_ptr<stalled_connection_guard> watch() const;

  std::unordered_set<std::string> prepared;  ///< names known to libpqxx on this connection

 private:
  void set_up(const session_options& options);

  connection_target target_;
  std::optional<std::chrono::milliseconds> patience_;  ///< none: the server may take as long as it likes
  connect_and_remember policy_;
  std::unique_ptr<pqxx::errorhandler> notices_;
};

}  // namespace millrace::postgres
